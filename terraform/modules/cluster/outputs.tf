output "cluster_name" {
  description = "Name of the cluster, known once tasks may be placed on it."
  value       = aws_ecs_cluster.this.name
  depends_on  = [aws_ecs_cluster_capacity_providers.this]
}

output "cluster_arn" {
  description = "ARN of the cluster."
  value       = aws_ecs_cluster.this.arn
}

output "capacity_provider" {
  description = "Name of the capacity provider that the workers run on."
  value       = local.capacity_provider
}

output "repository_url" {
  description = "Where to push the worker image."
  value       = aws_ecr_repository.this.repository_url
}

output "log_group_name" {
  description = "Log group of all containers."
  value       = aws_cloudwatch_log_group.this.name
}

output "execution_role_arn" {
  description = "Role with which ECS starts tasks."
  value       = aws_iam_role.execution.arn
  depends_on  = [aws_iam_role_policy.execution]
}

output "policies" {
  description = "What the roles made here may do, for tests and reviews."
  value = merge(
    { execution = jsondecode(aws_iam_role_policy.execution.policy) },
    merge([for policy in aws_iam_role_policy.ec2 : { instance = jsondecode(policy.policy) }]...),
  )
}
