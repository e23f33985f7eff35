variable "name" {
  description = "Name of the bucket."
  type        = string
}

variable "uploads_prefix" {
  description = "Only objects under this prefix are told to the queue."
  type        = string
}

variable "queue_arn" {
  description = "ARN of the queue that is told of new uploads."
  type        = string
}

variable "noncurrent_version_days" {
  description = "Days until a replaced or deleted version of an object is gone for good."
  type        = number
}

variable "allowed_origins" {
  description = "Origins of web pages that may upload with presigned forms; none by default."
  type        = list(string)
}

variable "page_origins" {
  description = "Origins of our own pages, which show results; none by default."
  type        = list(string)
}

variable "deletion_protection" {
  description = "Whether a bucket that holds objects refuses to be destroyed."
  type        = bool
}

variable "tags" {
  description = "Tags of the bucket."
  type        = map(string)
}
