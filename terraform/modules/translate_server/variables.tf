variable "name" {
  description = "Prefix of the names of everything made here."
  type        = string
}

variable "account_id" {
  description = "Account, for ARNs."
  type        = string
}

variable "region" {
  description = "Region, for log settings."
  type        = string
}

variable "cluster" {
  description = "Where the service runs."
  type = object({
    name               = string
    execution_role_arn = string
    log_group_name     = string
  })
}

variable "network" {
  description = "Where the service and its load balancer stand."
  type = object({
    vpc_id                = string
    subnet_ids            = list(string)
    assign_public_ip      = bool
    https_cidr_blocks     = map(string)
    https_prefix_list_ids = map(string)
  })
}

variable "client_cidr_blocks" {
  description = "Addresses that may ask for translations."
  type        = list(string)
}

variable "certificate_arn" {
  description = "Certificate of the load balancer; null for plain HTTP inside the VPC."
  type        = string
}

variable "deletion_protection" {
  description = "Whether the load balancer refuses to be deleted."
  type        = bool
}

variable "image" {
  description = "Image of the worker, which holds the server too; null while none was pushed."
  type        = string
}

variable "placeholder_image" {
  description = "What the task definition names while there is no image."
  type        = string
}

variable "architecture" {
  description = "X86_64 or ARM64."
  type        = string
}

variable "cpu" {
  description = "Processor units of a task."
  type        = number
}

variable "memory_mib" {
  description = "Memory of a task."
  type        = number
}

variable "min_tasks" {
  description = "Tasks that always run."
  type        = number
}

variable "max_tasks" {
  description = "Tasks that run at most."
  type        = number
}

variable "port" {
  description = "Port that the server listens on."
  type        = number
}

variable "stop_timeout_seconds" {
  description = "Seconds between SIGTERM and SIGKILL."
  type        = number
}

variable "environment" {
  description = "The SYNCLINE_* variables of the server."
  type        = map(string)
}

variable "models_volume" {
  description = "The shared folder of models, and the security group that may mount it; null when the image holds its model."
  type = object({
    file_system_id            = string
    access_point_id           = string
    clients_security_group_id = string
  })
}

variable "models_path" {
  description = "Where the models are mounted."
  type        = string
}

variable "statements" {
  description = "IAM statements of the server's role."
  type        = any
}

variable "tags" {
  description = "Tags of everything made here."
  type        = map(string)
}
