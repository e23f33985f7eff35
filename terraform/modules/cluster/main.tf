# For every container: the cluster and its capacity, the image repository, the log group, and the role that starts tasks.

locals {
  capacity_provider = {
    fargate = "FARGATE"
    spot    = "FARGATE_SPOT"
    ec2     = one(aws_ecs_capacity_provider.ec2[*].name)
  }[var.compute]
}

resource "aws_ecs_cluster" "this" {
  name = var.name

  # Container Insights reports RunningTaskCount, by which the workers are scaled.
  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  tags = var.tags
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = concat(["FARGATE", "FARGATE_SPOT"], aws_ecs_capacity_provider.ec2[*].name)

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}

resource "aws_ecr_repository" "this" {
  #checkov:skip=CKV_AWS_136:Encrypted with ECR's own key.
  name                 = var.name
  image_tag_mutability = "IMMUTABLE" # a rollback needs a tag to name the same image for ever
  force_delete         = !var.deletion_protection

  image_scanning_configuration {
    scan_on_push = true
  }

  tags = var.tags
}

# Lambda pulls the image of a function itself.
resource "aws_ecr_repository_policy" "lambda" {
  count = var.lambda_pulls_images ? 1 : 0

  repository = aws_ecr_repository.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AllowLambdaToPull"
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Condition = { ArnLike = { "aws:SourceArn" = "arn:${var.partition}:lambda:${var.region}:${var.account_id}:function:${var.name}-*" } }
    }]
  })
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep the last 10 images"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 10 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:Encrypted with CloudWatch's own key; the lines contain keys and job ids, no content.
  #checkov:skip=CKV_AWS_338:log_retention_days decides; a year of logs is not always wanted.
  name              = "/syncline/${var.name}"
  retention_in_days = var.log_retention_days

  tags = var.tags
}

# ---- the role with which ECS starts tasks; each task has its own role besides

resource "aws_iam_role" "execution" {
  name = "${var.name}-execution"

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

resource "aws_iam_role_policy" "execution" {
  name = "start-tasks"
  role = aws_iam_role.execution.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LogInToRegistry"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*" # AWS allows no narrower resource: the token is for the account
      },
      {
        Sid      = "PullImages"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = aws_ecr_repository.this.arn
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.this.arn}:*"
      },
    ]
  })
}
