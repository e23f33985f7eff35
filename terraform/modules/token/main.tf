# The bearer token of the status URL. Made by AWS, written once, and never seen by the state file or the plan.

ephemeral "aws_secretsmanager_random_password" "this" {
  password_length     = 48
  exclude_punctuation = true # it travels in an HTTP header and through shells
}

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV_AWS_149:Encrypted with Secrets Manager's own key; a customer key costs a dollar a month and guards nothing more here.
  #checkov:skip=CKV2_AWS_57:Rotated by hand, as docs/deploy.md shows: whoever calls the URL has to be told the new token.
  name                    = var.name
  description             = "Bearer token of Syncline's status URL. The previous version stays valid until the next rotation."
  recovery_window_in_days = var.deletion_protection ? 30 : 0

  tags = var.tags
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id                = aws_secretsmanager_secret.this.id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.this.random_password
  secret_string_wo_version = 1
}
