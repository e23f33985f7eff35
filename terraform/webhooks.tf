# Webhooks: EventBridge posts every event of this deployment to each address, and retries for a day. What it cannot deliver
# goes to a dead-letter queue with an alarm.

locals {
  webhook_names = nonsensitive(toset(keys(var.webhooks)))
  # Jobs of archived recordings name the archive's bucket.
  webhook_buckets = distinct(concat([module.bucket.bucket_name], [for archive in var.archives : archive.bucket]))
}

resource "aws_cloudwatch_event_connection" "webhook" {
  for_each = local.webhook_names

  name               = "${var.name}-${each.key}"
  description        = "How the webhook ${each.key} knows that a request comes from this deployment"
  authorization_type = "API_KEY"

  auth_parameters {
    api_key {
      key   = var.webhooks[each.key].auth.header
      value = var.webhooks[each.key].auth.value
    }
  }
}

resource "aws_cloudwatch_event_api_destination" "webhook" {
  for_each = local.webhook_names

  name                = "${var.name}-${each.key}"
  description         = "Gets the events of jobs that ended or were deleted"
  invocation_endpoint = var.webhooks[each.key].url
  http_method         = "POST"
  connection_arn      = aws_cloudwatch_event_connection.webhook[each.key].arn
}

resource "aws_cloudwatch_event_rule" "webhook" {
  for_each = local.webhook_names

  name           = "${var.name}-webhook-${each.key}"
  description    = "Jobs that ended or were deleted, for the webhook ${each.key}"
  event_bus_name = var.event_bus

  event_pattern = jsonencode({
    source      = [local.event_source]
    detail-type = [local.event_detail_type, local.deleted_detail_type]
    detail      = { bucket = local.webhook_buckets }
  })

  tags = local.tags
}

resource "aws_cloudwatch_event_target" "webhook" {
  for_each = local.webhook_names

  rule           = aws_cloudwatch_event_rule.webhook[each.key].name
  event_bus_name = var.event_bus
  arn            = aws_cloudwatch_event_api_destination.webhook[each.key].arn
  role_arn       = aws_iam_role.webhooks[0].arn

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185 # EventBridge's own default: with growing pauses, for a day
  }

  dead_letter_config {
    arn = aws_sqs_queue.webhook_dead_letters[0].arn
  }
}

resource "aws_iam_role" "webhooks" {
  count = length(local.webhook_names) > 0 ? 1 : 0

  name        = "${var.name}-webhooks"
  description = "EventBridge posts to the webhooks with it"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })

  tags = local.tags
}

resource "aws_iam_role_policy" "webhooks" {
  count = length(local.webhook_names) > 0 ? 1 : 0

  name = "post"
  role = aws_iam_role.webhooks[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "PostToTheWebhooks"
      Effect   = "Allow"
      Action   = "events:InvokeApiDestination"
      Resource = [for destination in aws_cloudwatch_event_api_destination.webhook : destination.arn]
    }]
  })
}

resource "aws_sqs_queue" "webhook_dead_letters" {
  count = length(local.webhook_names) > 0 ? 1 : 0

  name                      = "${var.name}-webhooks-dead-letters"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = true # EventBridge cannot use a customer-managed key without a change of its policy

  tags = local.tags
}

resource "aws_sqs_queue_policy" "webhook_dead_letters" {
  count = length(local.webhook_names) > 0 ? 1 : 0

  queue_url = aws_sqs_queue.webhook_dead_letters[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AllowOurRules"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.webhook_dead_letters[0].arn
        Condition = { ArnEquals = { "aws:SourceArn" = [for rule in aws_cloudwatch_event_rule.webhook : rule.arn] } }
      },
      {
        Sid       = "DenyPlainHttp"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = aws_sqs_queue.webhook_dead_letters[0].arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}
