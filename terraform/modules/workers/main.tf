# The workers: one service whose tasks take jobs from the queues.

resource "aws_ecs_service" "this" {
  #checkov:skip=CKV_AWS_333:A public address only where the network was chosen without NAT and endpoints; no way in is open.
  name                   = "${var.name}-worker"
  cluster                = var.cluster.name
  task_definition        = aws_ecs_task_definition.this.arn
  desired_count          = local.may_run ? var.min_tasks : 0 # autoscaling's business from then on
  enable_execute_command = false
  propagate_tags         = "SERVICE"

  # Never fewer than before while a new version rolls out. There is no load balancer to drain: workers that are told
  # to stop finish or hand back what they hold.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  capacity_provider_strategy {
    capacity_provider = var.cluster.capacity_provider
    weight            = 1
  }

  network_configuration {
    subnets          = var.network.subnet_ids
    security_groups  = concat([aws_security_group.this.id], var.models_volume[*].clients_security_group_id)
    assign_public_ip = var.cluster.on_ec2 ? false : var.network.assign_public_ip
  }

  lifecycle {
    ignore_changes = [desired_count]
  }

  tags = var.tags
}

resource "aws_ecs_task_definition" "this" {
  #checkov:skip=CKV_AWS_97:Transit encryption is on for the one volume that is EFS; the other is the task's own scratch space.
  family                   = "${var.name}-worker"
  requires_compatibilities = [var.cluster.on_ec2 ? "EC2" : "FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory_mib
  execution_role_arn       = var.cluster.execution_role_arn
  task_role_arn            = aws_iam_role.this.arn
  skip_destroy             = true # the one before stays usable: rolling back is naming it again

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }

  dynamic "ephemeral_storage" {
    for_each = var.cluster.on_ec2 ? [] : [var.ephemeral_storage_gib]

    content {
      size_in_gib = ephemeral_storage.value
    }
  }

  dynamic "volume" {
    for_each = var.models_volume == null ? [] : [var.models_volume]

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
  container = {
    name                   = "worker"
    image                  = coalesce(var.image, var.placeholder_image)
    command                = ["syncline", "worker"]
    essential              = true
    readonlyRootFilesystem = true
    stopTimeout            = var.stop_timeout_seconds
    environment            = [for name in sort(keys(var.environment)) : { name = name, value = var.environment[name] }]

    # Scratch space takes the owner and mode that the image gives /tmp with VOLUME.
    mountPoints = concat(
      [{ sourceVolume = "scratch", containerPath = "/tmp", readOnly = false }],
      var.models_volume == null ? [] : [{ sourceVolume = "models", containerPath = var.models_path, readOnly = true }],
    )

    # ECS does not read the image's own HEALTHCHECK.
    healthCheck = {
      command     = ["CMD", "python", "-m", "worker.liveness"]
      interval    = 30
      timeout     = 10
      retries     = 3
      startPeriod = 60
    }

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = var.cluster.log_group_name
        awslogs-region        = var.region
        awslogs-stream-prefix = "worker"
      }
    }
  }
}

# ---- nobody connects to a worker; it connects to AWS and to the models

resource "aws_security_group" "this" {
  name        = "${var.name}-worker"
  description = "Workers: no way in"
  vpc_id      = var.network.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-worker" })
}

resource "aws_vpc_security_group_egress_rule" "https_addresses" {
  for_each = var.network.https_cidr_blocks

  security_group_id = aws_security_group.this.id
  description       = "HTTPS to the ${each.key}"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = var.tags
}

resource "aws_vpc_security_group_egress_rule" "https_services" {
  for_each = var.network.https_prefix_list_ids

  security_group_id = aws_security_group.this.id
  description       = "HTTPS to ${each.key}"
  prefix_list_id    = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = var.tags
}
