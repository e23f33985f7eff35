output "bucket_name" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.this.bucket
}

output "cors_rules" {
  description = "CORS rules of the bucket."
  value       = flatten(aws_s3_bucket_cors_configuration.this[*].cors_rule[*])
}

output "bucket_arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}
