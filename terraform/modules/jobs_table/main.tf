# The job records. A test compares keys and index with TABLE_DEFINITION in syncline/aws/store.py.
# Records expire only with keep_days: a backfill reads them to find out what is already done. The marker of a deleted job
# always expires.

resource "aws_dynamodb_table" "this" {
  #checkov:skip=CKV_AWS_119:Encrypted with DynamoDB's own key unless there is a customer-managed key; a customer key adds a charge per request.
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

  attribute {
    name = "metadata_name"
    type = "S"
  }

  attribute {
    name = "metadata_value"
    type = "S"
  }

  global_secondary_index {
    name            = "state-updated_at"
    hash_key        = "state"
    range_key       = "updated_at"
    projection_type = "ALL"
  }

  # Of the items that hold one metadata entry each. Job records are not in it.
  global_secondary_index {
    name            = "metadata_name-metadata_value"
    hash_key        = "metadata_name"
    range_key       = "metadata_value"
    projection_type = "KEYS_ONLY"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = var.kms_key_arn != null # false means DynamoDB's own key: encrypted, free, no key to manage
    kms_key_arn = var.kms_key_arn
  }

  tags = var.tags
}
