variable "name" {
  description = "Prefix of the names of every resource."
  type        = string
}

variable "account_id" {
  description = "Account, for the policies of the topics."
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
  description = "Functions by their role: reception, status, dead_letters and, if there is one, align."
  type        = map(string)
}

variable "table_name" {
  description = "Table of the job records."
  type        = string
}

variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "service_name" {
  description = "Name of the workers' service; null if there is none."
  type        = string
}

variable "worker_log_group_name" {
  description = "Log group of the workers."
  type        = string
}

variable "worker_metrics" {
  description = "Namespace and service of the workers' metrics."
  type        = object({ namespace = string, service = string })
}

variable "live_wait_alarm_seconds" {
  description = "Seconds that an upload may wait for a worker before the alarm jobs-waiting."
  type        = number
}

variable "alarm_emails" {
  description = "Addresses that get an e-mail for every alarm."
  type        = list(string)
}

variable "monthly_budget_usd" {
  description = "Monthly budget of the account; null for none."
  type        = number
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
}
