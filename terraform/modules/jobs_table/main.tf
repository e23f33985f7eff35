# The job records. Keys and index are those of TABLE_DEFINITION in syncline/aws/store.py; a test compares them.
# No time to live: the records are the archive's ledger, and a backfill asks them what is done already.

resource "aws_dynamodb_table" "this" {
  #checkov:skip=CKV_AWS_119:Encrypted with DynamoDB's own key; a customer key adds a charge per request and guards nothing more here.
  #checkov:skip=CKV2_AWS_16:On-demand capacity scales by itself.
  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "job_id"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "job_id"
    type = "S"
  }

  attribute {
    name = "state"
    type = "S"
  }

  attribute {
    name = "updated_at"
    type = "S"
  }

  global_secondary_index {
    name            = "state-updated_at"
    hash_key        = "state"
    range_key       = "updated_at"
    projection_type = "ALL"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = false # AWS-owned key: encrypted, free, and nothing to manage
  }

  tags = var.tags
}
