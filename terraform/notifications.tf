# An e-mail for every finished job, to job_emails. Other systems subscribe to the event bus.

resource "aws_cloudwatch_event_rule" "job_ended" {
  count = length(var.job_emails) > 0 ? 1 : 0

  name           = "${var.name}-job-ended"
  description    = "A job reached its final state"
  event_bus_name = var.event_bus

  event_pattern = jsonencode({
    source      = [local.event_source]
    detail-type = [local.event_detail_type]
    detail      = { bucket = [module.bucket.bucket_name] }
  })

  tags = local.tags
}

resource "aws_cloudwatch_event_target" "job_ended" {
  count = length(var.job_emails) > 0 ? 1 : 0

  rule           = aws_cloudwatch_event_rule.job_ended[0].name
  event_bus_name = var.event_bus
  arn            = aws_sns_topic.job_ended[0].arn

  input_transformer {
    input_paths    = { key = "$.detail.recording_key", state = "$.detail.state", id = "$.detail.job_id" }
    input_template = "\"<key>: <state> (job <id>)\""
  }
}

resource "aws_sns_topic" "job_ended" {
  #checkov:skip=CKV_AWS_26:EventBridge cannot publish to a topic encrypted with AWS's own key; the message names a key and a state.
  count = length(var.job_emails) > 0 ? 1 : 0

  name = "${var.name}-job-ended"

  tags = local.tags
}

resource "aws_sns_topic_policy" "job_ended" {
  count = length(var.job_emails) > 0 ? 1 : 0

  arn = aws_sns_topic.job_ended[0].arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AllowOurRule"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = aws_sns_topic.job_ended[0].arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.job_ended[0].arn } }
    }]
  })
}

resource "aws_sns_topic_subscription" "job_ended" {
  for_each = toset(var.job_emails)

  topic_arn = aws_sns_topic.job_ended[0].arn
  protocol  = "email"
  endpoint  = each.value
}
