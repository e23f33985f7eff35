# What a worker may do. The statements come from the root module, where the bucket, queues and table are known.

locals {
  # While a job runs, the worker asks ECS not to end its task for want of work elsewhere.
  protect_own_task = {
    Sid      = "ProtectOwnTask"
    Effect   = "Allow"
    Action   = ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"]
    Resource = "arn:${var.partition}:ecs:${var.region}:${var.account_id}:task/${var.cluster.name}/*"
  }
}

resource "aws_iam_role" "this" {
  name = "${var.name}-worker"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })

  tags = var.tags
}

resource "aws_iam_role_policy" "this" {
  name = "work"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat([local.protect_own_task], var.statements)
  })
}
