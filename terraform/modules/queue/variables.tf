variable "name" {
  description = "Name of the queue; its dead-letter queue is <name>-dead-letters."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,67}$", var.name))
    error_message = "Give 1 to 67 letters, digits, hyphens or underscores: SQS allows 80 with “-dead-letters”."
  }
}

variable "visibility_timeout_seconds" {
  description = "Seconds that a received message stays invisible to other consumers."
  type        = number

  validation {
    condition     = var.visibility_timeout_seconds >= 1 && var.visibility_timeout_seconds <= 43200
    error_message = "SQS allows 1 to 43200 seconds."
  }
}

variable "dead_letter_visibility_timeout_seconds" {
  description = "The same for the dead-letter queue."
  type        = number
}

variable "max_receive_count" {
  description = "Receives before a message moves to the dead-letter queue."
  type        = number

  validation {
    condition     = var.max_receive_count >= 5
    error_message = "Give at least 5: throttled event source mappings use up receives without an invocation."
  }
}

variable "source_bucket_arn" {
  description = "ARN of the bucket that may send its events here; null for none."
  type        = string
  default     = null
}

variable "account_id" {
  description = "The account whose bucket may send."
  type        = string
}

variable "kms_key_arn" {
  description = "Customer-managed KMS key; null for AWS's own."
  type        = string
}

variable "tags" {
  description = "Tags of both queues."
  type        = map(string)
}
