output "service_name" {
  description = "Name of the service, as metrics know it."
  value       = aws_ecs_service.this.name
}

output "role_arn" {
  description = "Role of the workers."
  value       = aws_iam_role.this.arn
}

output "policy" {
  description = "The role's policy, for tests and reviews."
  value       = aws_iam_role_policy.this.policy
}

output "security_group_id" {
  description = "Security group of the workers."
  value       = aws_security_group.this.id
}

output "container" {
  description = "The container's definition, for tests and reviews."
  value       = local.container
}

output "scaling" {
  description = "Fewest and most tasks."
  value = {
    min = aws_appautoscaling_target.workers.min_capacity
    max = aws_appautoscaling_target.workers.max_capacity
  }
}
