output "kms_key_arn" {
  description = "Key that encrypts the secret; null for Secrets Manager's own."
  value       = aws_secretsmanager_secret.this.kms_key_id
}

output "secret_arn" {
  description = "ARN of the secret with the token."
  value       = aws_secretsmanager_secret.this.arn
  depends_on  = [aws_secretsmanager_secret_version.this]
}
