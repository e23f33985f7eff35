output "volume" {
  description = "What a task definition needs to mount the models; known once the mount targets exist."
  value = {
    file_system_id            = aws_efs_file_system.this.id
    access_point_id           = aws_efs_access_point.this.id
    clients_security_group_id = aws_security_group.clients.id
  }
  depends_on = [aws_efs_mount_target.this, aws_vpc_security_group_ingress_rule.nfs, aws_vpc_security_group_egress_rule.nfs, aws_efs_file_system_policy.this]
}

output "file_system_arn" {
  description = "ARN of the file system."
  value       = aws_efs_file_system.this.arn
}

output "access_point_arn" {
  description = "ARN of the access point."
  value       = aws_efs_access_point.this.arn
}

output "fetch_task_family" {
  description = "Task definition of the one-off task that installs the model."
  value       = aws_ecs_task_definition.fetch.family
}

output "fetch_security_group_ids" {
  description = "Security groups of the task."
  value       = [aws_security_group.fetch.id, aws_security_group.clients.id]
}

output "fetch_policy" {
  description = "Policy of the task's role, for tests and reviews."
  value       = aws_iam_role_policy.fetch.policy
}

output "fetch_container" {
  description = "Definition of the container that installs the models."
  value       = jsondecode(aws_ecs_task_definition.fetch.container_definitions)[0]
}
