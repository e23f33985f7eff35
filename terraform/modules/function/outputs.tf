output "function_arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "function_name" {
  description = "Name of the function, as metrics name it."
  value       = aws_lambda_function.this.function_name
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = aws_iam_role.this.arn
}

output "sources" {
  description = "Queues that invoke the function, with the most messages per invocation."
  value       = { for role, mapping in aws_lambda_event_source_mapping.queue : role => mapping.batch_size }
}

output "timeout_seconds" {
  description = "Time limit of one invocation. Its queues must hide messages at least as long."
  value       = aws_lambda_function.this.timeout
}

output "reserved_concurrency" {
  description = "Executions that the account reserves for the function; -1 for none."
  value       = aws_lambda_function.this.reserved_concurrent_executions
}

output "policy" {
  description = "The role's policy, for tests and reviews."
  value       = aws_iam_role_policy.this.policy
}
