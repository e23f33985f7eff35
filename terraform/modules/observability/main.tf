# Alarms. docs/runbook.md has a section for each, under its name without the prefix.

locals {
  alarms = merge(
    {
      "uploads-not-received" = {
        description = "An S3 event has waited ${local.ingest_wait_seconds} seconds for the reception."
        namespace   = "AWS/SQS"
        metric      = "ApproximateAgeOfOldestMessage"
        dimensions  = { QueueName = var.queue_names.ingest }
        statistic   = "Maximum"
        threshold   = local.ingest_wait_seconds
        periods     = 3
      }
      "jobs-waiting" = {
        description = "An upload has waited ${var.live_wait_alarm_seconds} seconds for a worker."
        namespace   = "AWS/SQS"
        metric      = "ApproximateAgeOfOldestMessage"
        dimensions  = { QueueName = var.queue_names.live }
        statistic   = "Maximum"
        threshold   = var.live_wait_alarm_seconds
        periods     = 3
      }
      "jobs-given-up" = {
        description = "A job's message reached a dead-letter queue: its workers died, or the message could not be read."
        namespace   = "AWS/Lambda"
        metric      = "Invocations"
        dimensions  = { FunctionName = var.function_names.dead_letters }
        statistic   = "Sum"
        threshold   = 0
        periods     = 1
      }
    },
    {
      for role, queue in var.dead_letter_queue_names : "dead-letters-${role}" => {
        description = "There are messages in the dead-letter queue of the ${role} queue."
        namespace   = "AWS/SQS"
        metric      = "ApproximateNumberOfMessagesVisible"
        dimensions  = { QueueName = queue }
        statistic   = "Maximum"
        threshold   = 0
        periods     = 1
      }
    },
    {
      for role, function in var.function_names : "function-errors-${replace(role, "_", "-")}" => {
        description = "The function ${role} crashed or ran out of time."
        namespace   = "AWS/Lambda"
        metric      = "Errors"
        dimensions  = { FunctionName = function }
        statistic   = "Sum"
        threshold   = 0
        periods     = 1
      }
    },
  )

  ingest_wait_seconds = 900
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.description} See docs/runbook.md, ${each.key}."
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = each.value.periods
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  tags = var.tags
}

# Work is waiting and none gets done: no task starts, workers hang, or workers hand every job back.
resource "aws_cloudwatch_metric_alarm" "no_progress" {
  alarm_name          = "${var.name}-no-progress"
  alarm_description   = "Jobs wait and none was settled for an hour. See docs/runbook.md, no-progress."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 12
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "stuck"
    label       = "Waiting, none settled"
    expression  = "IF(FILL(live_waiting, 0) + FILL(bulk_waiting, 0) > 0 AND FILL(live_settled, 0) + FILL(bulk_settled, 0) < 1, 1, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = {
      live_waiting = { queue = var.queue_names.live, metric = "ApproximateNumberOfMessagesVisible", stat = "Minimum" }
      bulk_waiting = { queue = var.queue_names.bulk, metric = "ApproximateNumberOfMessagesVisible", stat = "Minimum" }
      live_settled = { queue = var.queue_names.live, metric = "NumberOfMessagesDeleted", stat = "Sum" }
      bulk_settled = { queue = var.queue_names.bulk, metric = "NumberOfMessagesDeleted", stat = "Sum" }
    }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/SQS"
        metric_name = metric_query.value.metric
        dimensions  = { QueueName = metric_query.value.queue }
        period      = 300
        stat        = metric_query.value.stat
      }
    }
  }

  tags = var.tags
}

# ---- recipients

resource "aws_sns_topic" "alarms" {
  #checkov:skip=CKV_AWS_26:CloudWatch cannot publish to a topic encrypted with AWS's own key; the text of an alarm is not secret.
  name = "${var.name}-alarms"

  tags = var.tags
}

resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AllowAlarmsAndBudgets"
      Effect    = "Allow"
      Principal = { Service = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.alarms.arn
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = toset(var.alarm_emails)

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_budgets_budget" "this" {
  count = var.monthly_budget_usd == null ? 0 : 1

  # For the whole account: a filter by tag matches nothing until the tag is activated in the billing console.
  name         = "${var.name}-monthly"
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = format("%.1f", var.monthly_budget_usd)
  limit_unit   = "USD"

  dynamic "notification" {
    for_each = { ACTUAL = 80, FORECASTED = 100 }

    content {
      notification_type         = notification.key
      comparison_operator       = "GREATER_THAN"
      threshold                 = notification.value
      threshold_type            = "PERCENTAGE"
      subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
    }
  }

  tags = var.tags
}
