# The security group of the tasks: HTTPS out, nothing in. The load balancer's module adds its own ingress rule.

resource "aws_security_group" "this" {
  name        = var.name
  description = var.security_group_description
  vpc_id      = var.platform.network.vpc_id

  # A new description would replace the group, which deployed tasks use.
  lifecycle {
    ignore_changes = [description]
  }

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_vpc_security_group_egress_rule" "https_addresses" {
  for_each = var.platform.network.https_cidr_blocks

  security_group_id = aws_security_group.this.id
  description       = "HTTPS to the ${each.key}"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = var.tags
}

resource "aws_vpc_security_group_egress_rule" "https_services" {
  for_each = var.platform.network.https_prefix_list_ids

  security_group_id = aws_security_group.this.id
  description       = "HTTPS to ${each.key}"
  prefix_list_id    = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = var.tags
}
