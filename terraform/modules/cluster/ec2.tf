# EC2 instances instead of Fargate. ECS starts one per task and stops it when no task runs on it.

locals {
  on_ec2    = var.compute == "ec2" ? 1 : 0
  ami_label = var.architecture == "ARM64" ? "arm64/" : ""
}

resource "aws_launch_template" "ec2" {
  count = local.on_ec2

  name_prefix            = "${var.name}-"
  image_id               = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/${local.ami_label}recommended/image_id"
  instance_type          = var.instance_type
  vpc_security_group_ids = concat([aws_security_group.ec2[0].id], var.instance_security_group_ids)
  update_default_version = true

  iam_instance_profile {
    arn = aws_iam_instance_profile.ec2[0].arn
  }

  # Containers must not reach the instance's credentials.
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      encrypted   = true
      volume_size = var.instance_storage_gib
      volume_type = "gp3"
    }
  }

  user_data = base64encode(<<-EOT
    #!/bin/bash
    cat >> /etc/ecs/ecs.config <<EOF
    ECS_CLUSTER=${aws_ecs_cluster.this.name}
    ECS_AWSVPC_BLOCK_IMDS=true
    ECS_CONTAINER_STOP_TIMEOUT=120s
    EOF
  EOT
  )

  tag_specifications {
    resource_type = "instance"
    tags          = merge(var.tags, { Name = var.name })
  }

  tags = var.tags
}

resource "aws_autoscaling_group" "ec2" {
  count = local.on_ec2

  name                  = var.name
  min_size              = 0
  max_size              = var.max_instances
  vpc_zone_identifier   = var.subnet_ids
  protect_from_scale_in = true # ECS removes the protection when no task runs on the instance

  launch_template {
    id      = aws_launch_template.ec2[0].id
    version = aws_launch_template.ec2[0].latest_version
  }

  dynamic "tag" {
    for_each = merge(var.tags, { AmazonECSManaged = "true" })

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }

  lifecycle {
    ignore_changes = [desired_capacity]
  }
}

resource "aws_ecs_capacity_provider" "ec2" {
  count = local.on_ec2

  name = "${var.name}-ec2"

  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.ec2[0].arn
    managed_termination_protection = "ENABLED"

    managed_scaling {
      status          = "ENABLED"
      target_capacity = 100
    }
  }

  tags = var.tags
}

resource "aws_security_group" "ec2" {
  count = local.on_ec2

  name        = "${var.name}-instances"
  description = "Instances of the cluster; their tasks have a group of their own"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-instances" })
}

resource "aws_vpc_security_group_egress_rule" "ec2" {
  count = local.on_ec2

  security_group_id = aws_security_group.ec2[0].id
  description       = "HTTPS to AWS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = var.tags
}

resource "aws_iam_instance_profile" "ec2" {
  count = local.on_ec2

  name = "${var.name}-instance"
  role = aws_iam_role.ec2[0].name

  tags = var.tags
}

resource "aws_iam_role" "ec2" {
  count = local.on_ec2

  name = "${var.name}-instance"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })

  tags = var.tags
}

# The permissions of the ECS agent, for this cluster only. AWS's managed policy covers every cluster of the account.
resource "aws_iam_role_policy" "ec2" {
  count = local.on_ec2

  name = "ecs-agent"
  role = aws_iam_role.ec2[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "FindCluster"
        Effect   = "Allow"
        Action   = "ecs:DiscoverPollEndpoint"
        Resource = "*" # AWS allows no narrower resource
      },
      {
        Sid      = "JoinCluster"
        Effect   = "Allow"
        Action   = ["ecs:RegisterContainerInstance", "ecs:DeregisterContainerInstance", "ecs:SubmitAttachmentStateChanges", "ecs:SubmitContainerStateChange", "ecs:SubmitTaskStateChange"]
        Resource = aws_ecs_cluster.this.arn
      },
      {
        Sid      = "WorkInCluster"
        Effect   = "Allow"
        Action   = ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState", "ecs:PutSystemLogEvents"]
        Resource = "arn:${var.partition}:ecs:${var.region}:${var.account_id}:container-instance/${var.name}/*"
      },
    ]
  })
}
