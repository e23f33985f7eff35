variable "name" {
  description = "Name of the function, its role and its log group."
  type        = string
}

variable "description" {
  description = "What the function does."
  type        = string
}

variable "handler" {
  description = "Module and function that Lambda calls."
  type        = string
}

variable "zip_path" {
  description = "Path of the zip that `make zip` built; null for a function from an image."
  type        = string
  default     = null
}

variable "image" {
  description = "Container image of the function, instead of a zip."
  type        = string
  default     = null
}

variable "architecture" {
  description = "arm64 or x86_64; the zip or the image must be built for it."
  type        = string
}

variable "memory_mib" {
  description = "Memory, in MiB; the share of a CPU grows with it."
  type        = number
}

variable "timeout_seconds" {
  description = "Time limit of one invocation, in seconds."
  type        = number
}

variable "environment" {
  description = "The SYNCLINE_* variables of the function."
  type        = map(string)
}

variable "statements" {
  description = "IAM statements of the function's role, in addition to its own log and queues."
  type        = any
}

variable "source_queue_arns" {
  description = "Queues that invoke the function, by role."
  type        = map(string)
  default     = {}
}

variable "batch_size" {
  description = "Most messages per invocation."
  type        = number
  default     = 10
}

variable "ephemeral_storage_mib" {
  description = "Size of /tmp, in MiB."
  type        = number
  default     = 512
}

variable "maximum_concurrency" {
  description = "Most concurrent executions per queue."
  type        = number
  default     = 10
}

variable "reserved_concurrency" {
  description = "Executions that the account reserves for the function, which are also its maximum; null for none."
  type        = number
  default     = null
}

variable "log_retention_days" {
  description = "Days until log lines are deleted."
  type        = number
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
}
