output "alarms_topic_arn" {
  description = "SNS topic that alarms are published to."
  value       = aws_sns_topic.alarms.arn
}

output "alarm_names" {
  description = "Names of the alarms that notify, without the prefix: the sections of docs/runbook.md."
  value       = concat(keys(local.alarms), ["no-progress"])
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
