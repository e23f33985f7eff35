# The task definition: one container with a read-only root, scratch space at /tmp, and the models if they are on EFS.

resource "aws_ecs_task_definition" "this" {
  #checkov:skip=CKV_AWS_97:The EFS volume has transit encryption; the other volume is the task's own scratch space.
  family                   = var.name
  requires_compatibilities = [var.on_ec2 ? "EC2" : "FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory_mib
  execution_role_arn       = var.platform.execution_role_arn
  task_role_arn            = aws_iam_role.this.arn
  skip_destroy             = true # a rollback needs the previous revision

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.platform.architecture
  }

  dynamic "ephemeral_storage" {
    for_each = var.ephemeral_storage_gib == null || var.on_ec2 ? [] : [var.ephemeral_storage_gib]

    content {
      size_in_gib = ephemeral_storage.value
    }
  }

  dynamic "volume" {
    for_each = var.platform.models_volume == null ? [] : [var.platform.models_volume]

    content {
      name = "models"

      efs_volume_configuration {
        file_system_id     = volume.value.file_system_id
        transit_encryption = "ENABLED"

        authorization_config {
          access_point_id = volume.value.access_point_id
          iam             = "ENABLED"
        }
      }
    }
  }

  volume {
    name = "scratch"
  }

  container_definitions = jsonencode([local.container])

  tags = var.tags
}

locals {
  container = merge(
    {
      name                   = var.container.name
      image                  = coalesce(var.platform.image, var.platform.placeholder_image)
      command                = var.container.command
      essential              = true
      readonlyRootFilesystem = true
      linuxParameters        = { capabilities = { drop = ["ALL"] } }
      stopTimeout            = var.platform.stop_timeout_seconds
      environment            = [for name in sort(keys(var.environment)) : { name = name, value = var.environment[name] }]

      # Scratch space has the owner and mode that the image gives /tmp with VOLUME.
      mountPoints = concat(
        [{ sourceVolume = "scratch", containerPath = "/tmp", readOnly = false }],
        var.platform.models_volume == null ? [] : [
          { sourceVolume = "models", containerPath = var.platform.models_path, readOnly = true },
        ],
      )

      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = var.platform.log_group_name
          awslogs-region        = var.platform.region
          awslogs-stream-prefix = var.container.name
        }
      }
    },
    var.container.port == null ? {} : {
      portMappings = [{ containerPort = var.container.port, protocol = "tcp" }]
    },
    # ECS ignores the image's own HEALTHCHECK.
    var.container.health_command == null ? {} : {
      healthCheck = {
        command     = concat(["CMD"], var.container.health_command)
        interval    = 30
        timeout     = 10
        retries     = 3
        startPeriod = 60
      }
    },
  )
}
