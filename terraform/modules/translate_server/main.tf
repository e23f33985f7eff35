# `syncline translate-server` for others in the VPC, behind an internal load balancer.

locals {
  client_port = var.certificate_arn == null ? 80 : 443
}

resource "aws_ecs_service" "this" {
  #checkov:skip=CKV_AWS_333:A public address only where the network was chosen without NAT and endpoints; only the load balancer may connect.
  name            = "${var.name}-translate"
  cluster         = var.cluster.name
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = var.image == null ? 0 : var.min_tasks # autoscaling's business from then on
  propagate_tags  = "SERVICE"

  health_check_grace_period_seconds = 120 # loading the model comes first

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }

  network_configuration {
    subnets          = var.network.subnet_ids
    security_groups  = concat([aws_security_group.server.id], var.models_volume[*].clients_security_group_id)
    assign_public_ip = var.network.assign_public_ip
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.this.arn
    container_name   = "translate"
    container_port   = var.port
  }

  lifecycle {
    ignore_changes = [desired_count]
  }

  tags = var.tags

  depends_on = [aws_lb_listener.this]
}

resource "aws_ecs_task_definition" "this" {
  #checkov:skip=CKV_AWS_97:Transit encryption is on for the one volume that is EFS; the other is the task's own scratch space.
  family                   = "${var.name}-translate"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory_mib
  execution_role_arn       = var.cluster.execution_role_arn
  task_role_arn            = aws_iam_role.this.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
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

  container_definitions = jsonencode([{
    name                   = "translate"
    image                  = coalesce(var.image, var.placeholder_image)
    command                = ["syncline", "translate-server", "--host", "0.0.0.0", "--port", tostring(var.port)]
    essential              = true
    readonlyRootFilesystem = true
    stopTimeout            = var.stop_timeout_seconds
    environment            = [for name in sort(keys(var.environment)) : { name = name, value = var.environment[name] }]
    portMappings           = [{ containerPort = var.port, protocol = "tcp" }]

    mountPoints = concat(
      [{ sourceVolume = "scratch", containerPath = "/tmp", readOnly = false }],
      var.models_volume == null ? [] : [{ sourceVolume = "models", containerPath = var.models_path, readOnly = true }],
    )

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = var.cluster.log_group_name
        awslogs-region        = var.region
        awslogs-stream-prefix = "translate"
      }
    }
  }])

  tags = var.tags
}

resource "aws_iam_role" "this" {
  name = "${var.name}-translate"

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

# It needs nothing from AWS but the models.
resource "aws_iam_role_policy" "this" {
  count = length(var.statements) > 0 ? 1 : 0

  name = "read-models"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = var.statements
  })
}

# ---- load balancer

resource "aws_lb" "this" {
  #checkov:skip=CKV_AWS_91:Access logs would need a bucket of their own; the server counts its requests at /metrics.
  #checkov:skip=CKV2_AWS_28:Internal: a firewall for web attacks has nobody to keep out.
  #checkov:skip=CKV2_AWS_20:Internal; HTTPS once a certificate is given.
  #checkov:skip=CKV_AWS_150:Follows deletion_protection.
  name                       = "${var.name}-translate"
  internal                   = true
  load_balancer_type         = "application"
  subnets                    = var.network.subnet_ids
  security_groups            = [aws_security_group.balancer.id]
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection

  tags = var.tags
}

resource "aws_lb_target_group" "this" {
  #checkov:skip=CKV_AWS_378:From the load balancer to its own tasks, inside the VPC.
  name_prefix          = "trans-"
  vpc_id               = var.network.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = var.port
  deregistration_delay = 30

  health_check {
    path     = "/health"
    matcher  = "200"
    interval = 15
    timeout  = 5
  }

  lifecycle {
    create_before_destroy = true
  }

  tags = var.tags
}

resource "aws_lb_listener" "this" {
  #checkov:skip=CKV_AWS_2:Plain HTTP only while no certificate is given, and only inside the VPC.
  #checkov:skip=CKV_AWS_103:As above; with a certificate TLS 1.2 is the least.
  load_balancer_arn = aws_lb.this.arn
  port              = local.client_port
  protocol          = var.certificate_arn == null ? "HTTP" : "HTTPS"
  certificate_arn   = var.certificate_arn
  ssl_policy        = var.certificate_arn == null ? null : "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }

  tags = var.tags
}

resource "aws_security_group" "balancer" {
  name        = "${var.name}-translate-balancer"
  description = "Load balancer of the translation service"
  vpc_id      = var.network.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-translate-balancer" })
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  #checkov:skip=CKV_AWS_260:Whoever is in client_cidr_blocks, the VPC by default; the load balancer is internal.
  for_each = toset(var.client_cidr_blocks)

  security_group_id = aws_security_group.balancer.id
  description       = "Requests from ${each.value}"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = local.client_port
  to_port           = local.client_port

  tags = var.tags
}

resource "aws_vpc_security_group_egress_rule" "to_server" {
  security_group_id            = aws_security_group.balancer.id
  description                  = "Requests to the servers"
  referenced_security_group_id = aws_security_group.server.id
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port

  tags = var.tags
}

resource "aws_security_group" "server" {
  name        = "${var.name}-translate"
  description = "Translation servers"
  vpc_id      = var.network.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-translate" })
}

resource "aws_vpc_security_group_ingress_rule" "from_balancer" {
  security_group_id            = aws_security_group.server.id
  description                  = "Requests from the load balancer"
  referenced_security_group_id = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port

  tags = var.tags
}

resource "aws_vpc_security_group_egress_rule" "https_addresses" {
  for_each = var.network.https_cidr_blocks

  security_group_id = aws_security_group.server.id
  description       = "HTTPS to the ${each.key}"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = var.tags
}

resource "aws_vpc_security_group_egress_rule" "https_services" {
  for_each = var.network.https_prefix_list_ids

  security_group_id = aws_security_group.server.id
  description       = "HTTPS to ${each.key}"
  prefix_list_id    = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = var.tags
}

# ---- as many as the requests need

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.cluster.name}/${aws_ecs_service.this.name}"
  min_capacity       = var.image == null ? 0 : var.min_tasks
  max_capacity       = var.image == null ? 0 : var.max_tasks

  tags = var.tags
}

resource "aws_appautoscaling_policy" "cpu" {
  name               = "${var.name}-translate-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  resource_id        = aws_appautoscaling_target.this.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = 60
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
