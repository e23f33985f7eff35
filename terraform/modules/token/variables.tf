variable "name" {
  description = "Name of the secret."
  type        = string
}

variable "deletion_protection" {
  description = "Whether a deleted secret can be restored for 30 days."
  type        = bool
}

variable "kms_key_arn" {
  description = "Customer-managed KMS key; null for AWS's own."
  type        = string
}

variable "tags" {
  description = "Tags of the secret."
  type        = map(string)
}
