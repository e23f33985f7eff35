variable "name" {
  description = "Name of the table."
  type        = string
}

variable "deletion_protection" {
  description = "Whether the table refuses to be deleted."
  type        = bool
}

variable "kms_key_arn" {
  description = "Customer-managed KMS key; null for AWS's own."
  type        = string
}

variable "tags" {
  description = "Tags of the table."
  type        = map(string)
}
