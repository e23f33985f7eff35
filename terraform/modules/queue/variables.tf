variable "name" {
  description = "Name of the queue; its dead-letter queue is <name>-dead-letters."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,67}$", var.name))
    error_message = "Give 1 to 67 letters, digits, hyphens or underscores: SQS allows 80 with “-dead-letters”."
  }
}

variable "visibility_timeout_seconds" {
  description = "How long a received message stays hidden from others."
  type        = number

  validation {
    condition     = var.visibility_timeout_seconds >= 1 && var.visibility_timeout_seconds <= 43200
    error_message = "SQS hides a message for 1 to 43200 seconds."
  }
}

variable "dead_letter_visibility_timeout_seconds" {
  description = "How long a message received from the dead-letter queue stays hidden from others."
  type        = number
}

variable "max_receive_count" {
  description = "How often a message is tried before it goes to the dead-letter queue."
  type        = number

  validation {
    condition     = var.max_receive_count >= 5
    error_message = "Try at least 5 times: throttled event source mappings use up receives without running anything."
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

variable "tags" {
  description = "Tags of both queues."
  type        = map(string)
}
