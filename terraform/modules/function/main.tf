# One Lambda function: its code, its role, its log group, and the queues that invoke it.

locals {
  from_zip = var.image == null

  own_log = [{
    Sid      = "WriteOwnLog"
    Effect   = "Allow"
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = "${aws_cloudwatch_log_group.this.arn}:*"
  }]

  own_queues = length(var.source_queue_arns) == 0 ? [] : [{
    Sid      = "ReceiveFromOwnQueues"
    Effect   = "Allow"
    Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    Resource = values(var.source_queue_arns)
  }]
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:X-Ray's write actions allow no narrower resource than "*"; the logs carry the job's id instead.
  #checkov:skip=CKV_AWS_115:Reserving concurrency fails in new accounts (limit 10), so it is optional.
  #checkov:skip=CKV_AWS_116:Failed messages stay in their queue, which has a dead-letter queue; no caller invokes it asynchronously.
  #checkov:skip=CKV_AWS_117:It calls only AWS's public endpoints; a VPC would add cost and cold start.
  #checkov:skip=CKV_AWS_173:The variables contain names and addresses, no secrets.
  #checkov:skip=CKV_AWS_272:The person who builds the code applies it; a signing profile would not add a second check.
  function_name    = var.name
  description      = var.description
  role             = aws_iam_role.this.arn
  architectures    = [var.architecture]
  package_type     = local.from_zip ? "Zip" : "Image"
  runtime          = local.from_zip ? "python3.12" : null
  handler          = local.from_zip ? var.handler : null
  filename         = var.zip_path
  source_code_hash = local.from_zip ? filebase64sha256(var.zip_path) : null
  image_uri        = var.image
  memory_size      = var.memory_mib
  timeout          = var.timeout_seconds

  reserved_concurrent_executions = coalesce(var.reserved_concurrency, -1) # -1 reserves none

  dynamic "image_config" {
    for_each = local.from_zip ? [] : [var.handler]

    content {
      command = [image_config.value]
    }
  }

  ephemeral_storage {
    size = var.ephemeral_storage_mib
  }

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
  batch_size              = var.batch_size
  function_response_types = ["ReportBatchItemFailures"]

  # Without a maximum a burst of uploads would use all of the account's concurrency.
  scaling_config {
    maximum_concurrency = var.maximum_concurrency
  }

  tags = var.tags
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:Encrypted with CloudWatch's own key; the lines contain keys and job ids, no content.
  #checkov:skip=CKV_AWS_338:log_retention_days decides; a year of logs is not always wanted.
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
