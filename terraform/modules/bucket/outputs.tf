output "bucket_name" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.this.bucket
}

output "lifecycle_rules" {
  description = "Lifecycle rules of the bucket."
  value       = aws_s3_bucket_lifecycle_configuration.this.rule
}

output "cors_rules" {
  description = "CORS rules of the bucket."
  value       = flatten(aws_s3_bucket_cors_configuration.this[*].cors_rule[*])
}

output "kms_key_arn" {
  description = "Key that encrypts the objects; null for S3's own."
  value       = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).kms_master_key_id
}

output "access_log_bucket" {
  description = "Bucket that receives the access logs; null for none."
  value       = one(aws_s3_bucket_logging.this[*].target_bucket)
}

output "bucket_arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}
