output "queue_arn" {
  description = "ARN of the queue, known once its policy is in place: S3 refuses a notification to a queue that it may not send to."
  value       = aws_sqs_queue.this.arn
  depends_on  = [aws_sqs_queue_policy.this]
}

output "queue_url" {
  description = "Address of the queue."
  value       = aws_sqs_queue.this.url
}

output "visibility_timeout_seconds" {
  description = "Seconds that a received message stays invisible to other consumers."
  value       = aws_sqs_queue.this.visibility_timeout_seconds
}

output "kms_key_arn" {
  description = "Key that encrypts both queues; null for SQS's own."
  value       = aws_sqs_queue.this.kms_master_key_id
}

output "queue_name" {
  description = "Name of the queue, as metrics name it."
  value       = aws_sqs_queue.this.name
}

output "dead_letter_queue_arn" {
  description = "ARN of the dead-letter queue."
  value       = aws_sqs_queue.dead_letters.arn
}

output "dead_letter_queue_url" {
  description = "Address of the dead-letter queue."
  value       = aws_sqs_queue.dead_letters.url
}

output "dead_letter_queue_name" {
  description = "Name of the dead-letter queue, as metrics name it."
  value       = aws_sqs_queue.dead_letters.name
}
