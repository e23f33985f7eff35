output "table_name" {
  description = "Name of the table."
  value       = aws_dynamodb_table.this.name
}

output "table_arn" {
  description = "ARN of the table."
  value       = aws_dynamodb_table.this.arn
}

output "table_index_arns" {
  description = "ARNs of the table's indexes."
  value       = ["${aws_dynamodb_table.this.arn}/index/state-updated_at"]
}
