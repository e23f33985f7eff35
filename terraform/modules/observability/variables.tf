variable "name" {
  description = "Prefix of the names of everything made here."
  type        = string
}

variable "account_id" {
  description = "Account, for the topics' policies."
  type        = string
}

variable "region" {
  description = "Region, for the dashboard."
  type        = string
}

variable "queue_names" {
  description = "Queues by their role: ingest, live, bulk."
  type        = map(string)
}

variable "dead_letter_queue_names" {
  description = "Dead-letter queues by the same roles."
  type        = map(string)
}

variable "function_names" {
  description = "Functions by their role: reception, status, dead_letters."
  type        = map(string)
}

variable "table_name" {
  description = "The table of jobs."
  type        = string
}

variable "cluster_name" {
  description = "The cluster."
  type        = string
}

variable "service_name" {
  description = "The workers' service."
  type        = string
}

variable "worker_log_group_name" {
  description = "Log group of the workers."
  type        = string
}

variable "worker_metrics" {
  description = "Namespace and service under which the workers write metrics."
  type        = object({ namespace = string, service = string })
}

variable "live_wait_alarm_seconds" {
  description = "How long an upload may wait for a worker before somebody is told."
  type        = number
}

variable "alarm_emails" {
  description = "Who is told of alarms."
  type        = list(string)
}

variable "monthly_budget_usd" {
  description = "Cost of the account per month above which somebody is told; null for no budget."
  type        = number
}

variable "tags" {
  description = "Tags of everything made here."
  type        = map(string)
}
