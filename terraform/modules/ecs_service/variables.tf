variable "name" {
  description = "Name of the service, its task definition, its role and its security group."
  type        = string
}

variable "platform" {
  description = "What the services of a deployment share. image is null until one was pushed: the service then runs no tasks, and its task definition names placeholder_image. models_volume is null if the image contains its model."
  type = object({
    account_id           = string
    region               = string
    cluster_name         = string
    execution_role_arn   = string
    log_group_name       = string
    image                = string
    placeholder_image    = string
    architecture         = string
    stop_timeout_seconds = number
    models_path          = string
    models_volume = object({
      file_system_id            = string
      access_point_id           = string
      clients_security_group_id = string
    })
    network = object({
      vpc_id                = string
      subnet_ids            = list(string)
      assign_public_ip      = bool
      https_cidr_blocks     = map(string)
      https_prefix_list_ids = map(string)
    })
  })
}

variable "capacity_provider" {
  description = "ECS capacity provider that the tasks run on."
  type        = string
}

variable "on_ec2" {
  description = "Whether that capacity provider is EC2 instances instead of Fargate."
  type        = bool
  default     = false
}

variable "container" {
  description = "The container: its name, its command, its port if it listens, and its health check if it has one."
  type = object({
    name           = string
    command        = list(string)
    port           = optional(number)
    health_command = optional(list(string))
  })
}

variable "cpu" {
  description = "CPU units of a task; 1024 are one vCPU."
  type        = number
}

variable "memory_mib" {
  description = "Memory of a task, in MiB."
  type        = number
}

variable "ephemeral_storage_gib" {
  description = "Disk of a Fargate task, in GiB; null for Fargate's default."
  type        = number
  default     = null
}

variable "environment" {
  description = "Environment variables of the container."
  type        = map(string)
}

variable "statements" {
  description = "IAM statements of the task's role."
  type        = any
}

variable "security_group_description" {
  description = "Description of the security group."
  type        = string
}

variable "load_balancer" {
  description = "Target group that the tasks register with, and the seconds a new task has before its health counts; null for none."
  type = object({
    target_group_arn = string
    grace_seconds    = number
  })
  default = null
}

variable "min_tasks" {
  description = "Tasks that run even without work."
  type        = number
}

variable "max_tasks" {
  description = "Most tasks that may run at once."
  type        = number
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
}
