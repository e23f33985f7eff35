# The shared file system of translation models. It needs no backup: `syncline models fetch` restores it.

resource "aws_efs_file_system" "this" {
  #checkov:skip=CKV_AWS_184:Encrypted with EFS's own key; it contains a public model.
  #checkov:skip=CKV2_AWS_18:No backup: the model can be fetched again.
  encrypted       = true
  throughput_mode = "elastic" # a task reads half a gigabyte when it starts, and nothing afterwards

  tags = merge(var.tags, { Name = "${var.name}-models" })
}

resource "aws_efs_mount_target" "this" {
  for_each = var.subnets

  file_system_id  = aws_efs_file_system.this.id
  subnet_id       = each.value
  security_groups = [aws_security_group.this.id]
}

resource "aws_security_group" "this" {
  name        = "${var.name}-models"
  description = "The shared folder of translation models"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-models" })
}

# Tasks and instances that mount the models get this group in addition to their own.
resource "aws_security_group" "clients" {
  #checkov:skip=CKV2_AWS_5:Other modules attach it to workers, instances and translation servers.
  name        = "${var.name}-models-clients"
  description = "Clients that mount the translation models"
  vpc_id      = var.vpc_id

  tags = merge(var.tags, { Name = "${var.name}-models-clients" })

  # A new description would replace the group, which deployed tasks use.
  lifecycle {
    ignore_changes = [description]
  }
}

resource "aws_vpc_security_group_ingress_rule" "nfs" {
  security_group_id            = aws_security_group.this.id
  description                  = "NFS from the clients"
  referenced_security_group_id = aws_security_group.clients.id
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049

  tags = var.tags
}

resource "aws_vpc_security_group_egress_rule" "nfs" {
  security_group_id            = aws_security_group.clients.id
  description                  = "NFS to the models"
  referenced_security_group_id = aws_security_group.this.id
  ip_protocol                  = "tcp"
  from_port                    = 2049
  to_port                      = 2049

  tags = var.tags
}

# Clients see only this folder, as the user of the image.
resource "aws_efs_access_point" "this" {
  file_system_id = aws_efs_file_system.this.id

  posix_user {
    uid = var.user_id
    gid = var.user_id
  }

  root_directory {
    path = "/models"

    creation_info {
      owner_uid   = var.user_id
      owner_gid   = var.user_id
      permissions = "0755"
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-models" })
}

# The policies of the roles allow access; this policy only denies.
resource "aws_efs_file_system_policy" "this" {
  file_system_id = aws_efs_file_system.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyUnencrypted"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = local.client_actions
        Resource  = aws_efs_file_system.this.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "DenyOutsideTheAccessPoint"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = local.client_actions
        Resource  = aws_efs_file_system.this.arn
        Condition = { StringNotEquals = { "elasticfilesystem:AccessPointArn" = aws_efs_access_point.this.arn } }
      },
    ]
  })
}

locals {
  client_actions = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientRootAccess", "elasticfilesystem:ClientWrite"]
}
