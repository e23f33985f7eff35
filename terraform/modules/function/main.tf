# One function: its code, its role with nothing that it does not use, its log, and the queues it takes from.

locals {
  own_log = [{
    Sid      = "WriteOwnLog"
    Effect   = "Allow"
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = "${aws_cloudwatch_log_group.this.arn}:*"
  }]

  own_queues = length(var.source_queue_arns) == 0 ? [] : [{
    Sid      = "TakeFromOwnQueues"
    Effect   = "Allow"
    Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    Resource = values(var.source_queue_arns)
  }]
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:X-Ray's write actions allow no narrower resource than "*"; the logs carry the job's id instead.
  #checkov:skip=CKV_AWS_115:Reserving concurrency fails in new accounts (limit 10); the event source mapping has its own maximum.
  #checkov:skip=CKV_AWS_116:Failed messages stay in their queue, which has a dead-letter queue; nothing invokes this asynchronously.
  #checkov:skip=CKV_AWS_117:It only talks to AWS's public endpoints; a VPC would add cost and cold start.
  #checkov:skip=CKV_AWS_173:The variables hold names and addresses, no secrets.
  #checkov:skip=CKV_AWS_272:The code is built and applied by the same person; a signing profile would sign whatever it is given.
  function_name    = var.name
  description      = var.description
  role             = aws_iam_role.this.arn
  runtime          = "python3.12"
  architectures    = [var.architecture]
  handler          = var.handler
  filename         = var.zip_path
  source_code_hash = filebase64sha256(var.zip_path)
  memory_size      = var.memory_mib
  timeout          = var.timeout_seconds

  environment {
    variables = var.environment
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.this.name
  }

  tags = var.tags

  depends_on = [aws_iam_role_policy.this]
}

resource "aws_lambda_event_source_mapping" "queue" {
  for_each = var.source_queue_arns

  event_source_arn        = each.value
  function_name           = aws_lambda_function.this.arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]

  # Without it a burst of uploads would take all of the account's concurrency.
  scaling_config {
    maximum_concurrency = var.maximum_concurrency
  }

  tags = var.tags
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:Encrypted with CloudWatch's own key; the lines hold keys and job ids, no content.
  #checkov:skip=CKV_AWS_338:How long is log_retention_days; a year of logs is not for everybody.
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days

  tags = var.tags
}

resource "aws_iam_role" "this" {
  name = var.name

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })

  tags = var.tags
}

resource "aws_iam_role_policy" "this" {
  name = "function"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.own_log, local.own_queues, var.statements)
  })
}
