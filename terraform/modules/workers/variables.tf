variable "name" {
  description = "Prefix of the names of everything made here."
  type        = string
}

variable "account_id" {
  description = "Account, for ARNs."
  type        = string
}

variable "region" {
  description = "Region, for ARNs and log settings."
  type        = string
}

variable "partition" {
  description = "aws, aws-cn or aws-us-gov."
  type        = string
}

variable "cluster" {
  description = "Where the workers run."
  type = object({
    name               = string
    capacity_provider  = string
    on_ec2             = bool
    execution_role_arn = string
    log_group_name     = string
  })
}

variable "network" {
  description = "Where the workers stand, and what they may talk to over HTTPS."
  type = object({
    vpc_id                = string
    subnet_ids            = list(string)
    assign_public_ip      = bool
    https_cidr_blocks     = map(string)
    https_prefix_list_ids = map(string)
  })
}

variable "image" {
  description = "Image of the worker; null while none was pushed: no task is started then."
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
  description = "Processor units of a task; 1024 are one vCPU."
  type        = number
}

variable "memory_mib" {
  description = "Memory of a task."
  type        = number
}

variable "ephemeral_storage_gib" {
  description = "Disk of a task; on Fargate."
  type        = number
}

variable "stop_timeout_seconds" {
  description = "Seconds between SIGTERM and SIGKILL."
  type        = number
}

variable "environment" {
  description = "The SYNCLINE_* variables of the worker."
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
  description = "IAM statements of the worker's role, beyond protecting its own task."
  type        = any
}

variable "queue_names" {
  description = "Names of the live and the bulk queue, as metrics know them."
  type        = object({ live = string, bulk = string })
}

variable "reception_function_name" {
  description = "The function whose invocations announce work."
  type        = string
}

variable "min_tasks" {
  description = "Tasks that run even when there is nothing to do."
  type        = number
}

variable "max_tasks" {
  description = "Tasks that run at most."
  type        = number
}

variable "backlog_per_task" {
  description = "Jobs, waiting or being worked on, that one task is meant to have."
  type        = number
}

variable "tags" {
  description = "Tags of everything made here."
  type        = map(string)
}
