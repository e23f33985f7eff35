variable "name" {
  description = "Name of the bucket."
  type        = string
}

variable "uploads_prefix" {
  description = "S3 sends events only for objects under this prefix."
  type        = string
}

variable "queue_arn" {
  description = "ARN of the queue that receives events of uploads."
  type        = string
}

variable "noncurrent_version_days" {
  description = "Days until S3 deletes a replaced or deleted version of an object."
  type        = number
}

variable "expiration_days" {
  description = "Prefixes, and the days until S3 deletes the objects under each; null for never."
  type        = map(number)
}

variable "allowed_origins" {
  description = "Origins of other web pages that may upload with presigned forms."
  type        = list(string)
}

variable "page_origins" {
  description = "Origins of the status URL's pages, which show results, upload and correct."
  type        = list(string)
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to destroy a bucket with objects."
  type        = bool
}

variable "access_log_bucket" {
  description = "Bucket that receives the access logs; null for none."
  type        = string
}

variable "kms_key_arn" {
  description = "Customer-managed KMS key; null for AWS's own."
  type        = string
}

variable "tags" {
  description = "Tags of the bucket."
  type        = map(string)
}
