output "table_name" {
  description = "Name of the table."
  value       = aws_dynamodb_table.this.name
}

output "ttl" {
  description = "Attribute that holds the time at which DynamoDB deletes an item."
  value       = one(aws_dynamodb_table.this.ttl[*].attribute_name)
}

output "kms_key_arn" {
  description = "Key that encrypts the table; null for DynamoDB's own."
  value       = one(aws_dynamodb_table.this.server_side_encryption[*].kms_key_arn) # AWS lists no encryption with its own key
}

output "table_arn" {
  description = "ARN of the table."
  value       = aws_dynamodb_table.this.arn
}

output "table_index_arns" {
  description = "ARNs of the table's indexes."
  value = [
    "${aws_dynamodb_table.this.arn}/index/state-updated_at",
    "${aws_dynamodb_table.this.arn}/index/metadata_name-metadata_value",
  ]
}
