# The one-off task that installs the models: `syncline models fetch`. An operator starts it.

resource "aws_ecs_task_definition" "fetch" {
  #checkov:skip=CKV_AWS_97:The EFS volume has transit encryption; the other volume is the task's own scratch space.
  family                   = "${var.name}-models-fetch"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 4096
  memory                   = var.fetch_memory_mib
  execution_role_arn       = var.task.execution_role_arn
  task_role_arn            = aws_iam_role.fetch.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.task.architecture
  }

  ephemeral_storage {
    size_in_gib = 60 # the download, the conversion and the result of the largest model exist side by side for a while
  }

  volume {
    name = "models"

    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.this.id
      transit_encryption = "ENABLED"

      authorization_config {
        access_point_id = aws_efs_access_point.this.id
        iam             = "ENABLED"
      }
    }
  }

  volume {
    name = "scratch"
  }

  container_definitions = jsonencode([{
    name                   = "models-fetch"
    image                  = var.task.image
    command                = concat(["syncline", "models", "fetch"], var.models)
    essential              = true
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { drop = ["ALL"] } }
    environment = [
      { name = "HOME", value = "/tmp" },
      { name = "SYNCLINE_MODELS", value = var.task.models_path },
    ]
    mountPoints = [
      { sourceVolume = "models", containerPath = var.task.models_path, readOnly = false },
      { sourceVolume = "scratch", containerPath = "/tmp", readOnly = false },
    ]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = var.task.log_group_name
        awslogs-region        = var.task.region
        awslogs-stream-prefix = "models-fetch"
      }
    }
  }])

  tags = var.tags
}

resource "aws_iam_role" "fetch" {
  name = "${var.name}-models-fetch"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.task.account_id } }
    }]
  })

  tags = var.tags
}

resource "aws_iam_role_policy" "fetch" {
  name = "install-models"
  role = aws_iam_role.fetch.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
      Resource  = aws_efs_file_system.this.arn
      Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = aws_efs_access_point.this.arn } }
    }]
  })
}

resource "aws_security_group" "fetch" {
  #checkov:skip=CKV2_AWS_5:The command of the output models_fetch_command attaches it to the task.
  name        = "${var.name}-models-fetch"
  description = "The task that downloads models"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-models-fetch" })
}

resource "aws_vpc_security_group_egress_rule" "fetch" {
  #checkov:skip=CKV_AWS_382:HTTPS only; the publisher of the models has no fixed addresses.
  security_group_id = aws_security_group.fetch.id
  description       = "HTTPS to the publisher of the models, and to AWS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = var.tags
}
