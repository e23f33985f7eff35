output "service_name" {
  description = "Name of the service, as metrics name it."
  value       = aws_ecs_service.this.name
}

output "policy" {
  description = "The role's policy, for tests and reviews; null if the role has none."
  value       = one(aws_iam_role_policy.this[*].policy)
}

output "security_group_id" {
  description = "Security group of the tasks."
  value       = aws_security_group.this.id
}

output "container" {
  description = "The container definition, for tests and reviews."
  value       = local.container
}

output "scaling_target" {
  description = "What a scaling policy names, and the fewest and most tasks."
  value = {
    service_namespace  = aws_appautoscaling_target.this.service_namespace
    scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
    resource_id        = aws_appautoscaling_target.this.resource_id
    min_tasks          = aws_appautoscaling_target.this.min_capacity
    max_tasks          = aws_appautoscaling_target.this.max_capacity
  }
}

output "memory_mib" {
  description = "Memory of a task in MiB, for tests and reviews."
  value       = tonumber(aws_ecs_task_definition.this.memory)
}
