# An ECS service of one container: the workers, and the translation server. The module makes the service, its task
# definition, its role, its security group and the target of its autoscaling; the policies that scale it are elsewhere.

locals {
  # Without an image every task would fail to start.
  has_image = var.platform.image != null
  min_tasks = local.has_image ? var.min_tasks : 0
  max_tasks = local.has_image ? var.max_tasks : 0
}

resource "aws_ecs_service" "this" {
  #checkov:skip=CKV_AWS_333:Tasks have public addresses only with egress = public; their security group admits no connection from the internet.
  name                   = var.name
  cluster                = var.platform.cluster_name
  task_definition        = aws_ecs_task_definition.this.arn
  desired_count          = local.min_tasks # autoscaling changes it from then on
  enable_execute_command = false
  propagate_tags         = "SERVICE"

  # A rollout starts the new tasks before it stops the old ones.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = var.load_balancer == null ? null : var.load_balancer.grace_seconds

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  capacity_provider_strategy {
    capacity_provider = var.capacity_provider
    weight            = 1
  }

  network_configuration {
    subnets          = var.platform.network.subnet_ids
    security_groups  = concat([aws_security_group.this.id], var.platform.models_volume[*].clients_security_group_id)
    assign_public_ip = var.on_ec2 ? false : var.platform.network.assign_public_ip
  }

  dynamic "load_balancer" {
    for_each = var.load_balancer == null ? [] : [var.load_balancer]

    content {
      target_group_arn = load_balancer.value.target_group_arn
      container_name   = var.container.name
      container_port   = var.container.port
    }
  }

  lifecycle {
    ignore_changes = [desired_count]
  }

  tags = var.tags
}

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.platform.cluster_name}/${aws_ecs_service.this.name}"
  min_capacity       = local.min_tasks
  max_capacity       = local.max_tasks

  tags = var.tags
}
