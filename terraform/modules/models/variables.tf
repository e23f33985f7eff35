variable "name" {
  description = "Prefix of the names of everything made here."
  type        = string
}

variable "vpc_id" {
  description = "VPC of the mount targets."
  type        = string
}

variable "subnets" {
  description = "Subnets that get a mount target, by a name known before anything is made; one per availability zone."
  type        = map(string)
}

variable "model" {
  description = "Name of the model that the fetching task installs."
  type        = string
}

variable "fetch_memory_mib" {
  description = "Memory of the fetching task: converting holds the whole model, unquantised, about twice."
  type        = number
}

variable "task" {
  description = "What the fetching task shares with the workers."
  type = object({
    account_id         = string
    region             = string
    image              = string
    architecture       = string
    execution_role_arn = string
    log_group_name     = string
    models_path        = string
  })
}

variable "user_id" {
  description = "Numeric user and group that the container image runs as."
  type        = number
}

variable "tags" {
  description = "Tags of everything made here."
  type        = map(string)
}
