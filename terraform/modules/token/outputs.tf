output "secret_arn" {
  description = "ARN of the secret with the token."
  value       = aws_secretsmanager_secret.this.arn
  depends_on  = [aws_secretsmanager_secret_version.this]
}
