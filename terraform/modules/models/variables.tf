variable "name" {
  description = "Prefix of the names of every resource."
  type        = string
}

variable "vpc_id" {
  description = "VPC of the mount targets."
  type        = string
}

variable "subnets" {
  description = "Subnets of the mount targets, one per availability zone; the keys must be known before the first apply."
  type        = map(string)
}

variable "models" {
  description = "Names of the models that the task installs."
  type        = list(string)
}

variable "fetch_memory_mib" {
  description = "Memory of the task, in MiB: the conversion needs about twice the unquantised model."
  type        = number
}

variable "task" {
  description = "The settings that the task shares with the workers."
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
  description = "Tags of every resource."
  type        = map(string)
}
