# The internal load balancer of the translation service, and the policy that scales the service by its CPU.

locals {
  client_port = var.certificate_arn == null ? 80 : 443
}

resource "aws_lb" "this" {
  #checkov:skip=CKV_AWS_91:Access logs would need a bucket of their own; the server counts its requests at /metrics.
  #checkov:skip=CKV2_AWS_28:Internal: only clients inside the VPC can reach it.
  #checkov:skip=CKV2_AWS_20:Internal; HTTPS once a certificate is given.
  #checkov:skip=CKV_AWS_150:Follows deletion_protection.
  name                       = var.name
  internal                   = true
  load_balancer_type         = "application"
  subnets                    = var.subnet_ids
  security_groups            = [aws_security_group.balancer.id]
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection

  tags = var.tags
}

resource "aws_lb_target_group" "this" {
  #checkov:skip=CKV_AWS_378:From the load balancer to its own tasks, inside the VPC.
  name_prefix          = "trans-"
  vpc_id               = var.vpc_id
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
  name        = "${var.name}-balancer"
  description = "Load balancer of the translation service"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-balancer" })
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  #checkov:skip=CKV_AWS_260:Admits client_cidr_blocks, the VPC by default; the load balancer is internal.
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
  referenced_security_group_id = var.server_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port

  tags = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "from_balancer" {
  security_group_id            = var.server_security_group_id
  description                  = "Requests from the load balancer"
  referenced_security_group_id = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port

  tags = var.tags
}

# ---- scaling

resource "aws_appautoscaling_policy" "cpu" {
  name               = "${var.name}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = var.scaling_target.service_namespace
  scalable_dimension = var.scaling_target.scalable_dimension
  resource_id        = var.scaling_target.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = 60
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
