# The bearer token of the status URL: 244 random bits, written once. Terraform keeps a write-only argument neither in
# the state nor in a plan, so the token can be read only from Secrets Manager.

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV_AWS_149:Encrypted with Secrets Manager's own key unless there is a customer-managed key.
  #checkov:skip=CKV2_AWS_57:Rotated by hand, as docs/deploy.md shows: callers of the URL need the new token.
  name                    = var.name
  description             = "Bearer token of Syncline's status URL. The previous version stays valid until the next rotation."
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = var.deletion_protection ? 30 : 0

  tags = var.tags
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id                = aws_secretsmanager_secret.this.id
  secret_string_wo         = replace("${uuid()}${uuid()}", "-", "")
  secret_string_wo_version = 1
}
