output "environment" {
  description = "The environment variables that `syncline` needs on another machine."
  value       = local.operator_environment
}

output "exports" {
  description = "The same as shell commands: eval \"$(terraform output -raw exports)\"."
  value       = join("\n", [for name in sort(keys(local.operator_environment)) : "export ${name}='${local.operator_environment[name]}'"])
}

output "bucket_name" {
  description = "The bucket. Recordings go under uploads/."
  value       = module.bucket.bucket_name
}

output "table_name" {
  description = "Table of the job records."
  value       = module.jobs_table.table_name
}

output "status_url" {
  description = "Address of the status URL."
  value       = local.operator_environment.SYNCLINE_STATUS_URL
}

output "token_secret_arn" {
  description = "Secret that contains the bearer token of the status URL; null with status_auth = iam."
  value       = one(module.token[*].secret_arn)
}

output "operator_policy_arn" {
  description = "IAM policy for users of the command line."
  value       = aws_iam_policy.operator.arn
}

output "repository_url" {
  description = "Where to push the worker image."
  value       = module.cluster.repository_url
}

output "cluster_name" {
  description = "The ECS cluster."
  value       = module.cluster.cluster_name
}

output "worker_service_name" {
  description = "The ECS service of the workers; null with aligner = lambda."
  value       = one(module.workers[*].service_name)
}

output "worker_log_group_name" {
  description = "Log group of the workers."
  value       = module.cluster.log_group_name
}

output "models_fetch_command" {
  description = "Command that installs the translation and speech models on the shared file system; null without models_image or with models_on_efs = false."
  value = length(module.models) == 0 || var.models_image == null ? null : join(" ", [
    "aws ecs run-task --region ${local.region} --cluster ${module.cluster.cluster_name}",
    "--task-definition ${module.models[0].fetch_task_family} --launch-type FARGATE --network-configuration",
    "'awsvpcConfiguration={subnets=[${join(",", local.models_fetch_network.subnet_ids)}],securityGroups=[${join(",", module.models[0].fetch_security_group_ids)}],assignPublicIp=${local.models_fetch_network.assign_public_ip ? "ENABLED" : "DISABLED"}}'",
  ])
}

output "translate_url" {
  description = "Address of the translation service inside the VPC; null without one."
  value       = one(module.translate_balancer[*].url)
}

output "webhook_dead_letters" {
  description = "Queue of the events that no webhook accepted; null without webhooks."
  value       = one(aws_sqs_queue.webhook_dead_letters[*].url)
}

output "alarms_topic_arn" {
  description = "SNS topic of the alarms."
  value       = module.observability.alarms_topic_arn
}

output "alarm_names" {
  description = "Names of the alarms: the sections of docs/runbook.md."
  value       = module.observability.alarm_names
}

output "dashboard_url" {
  description = "The CloudWatch dashboard."
  value       = "https://${local.region}.console.aws.amazon.com/cloudwatch/home?region=${local.region}#dashboards/dashboard/${module.observability.dashboard_name}"
}

output "policies" {
  description = "The policy of every role, for reviews."
  value = merge(
    {
      reception    = jsondecode(module.reception.policy)
      status       = jsondecode(module.status.policy)
      dead_letters = jsondecode(module.dead_letters.policy)
      operator     = jsondecode(aws_iam_policy.operator.policy)
    },
    { for workers in module.workers : "worker" => jsondecode(workers.policy) },
    { for align in module.align : "align" => jsondecode(align.policy) },
    module.cluster.policies,
    merge([for models in module.models : { models_fetch = jsondecode(models.fetch_policy) }]...),
  )
}
