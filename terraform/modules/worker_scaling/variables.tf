variable "name" {
  description = "Prefix of the names of the policies and the alarm."
  type        = string
}

variable "service" {
  description = "The workers' service, its cluster, and the scaling target that modules/ecs_service made."
  type = object({
    name         = string
    cluster_name = string
    scaling_target = object({
      service_namespace  = string
      scalable_dimension = string
      resource_id        = string
    })
  })
}

variable "queue_names" {
  description = "Names of the live and the bulk queue, as metrics name them."
  type        = object({ live = string, bulk = string })
}

variable "reception_function_name" {
  description = "The function whose invocations announce work."
  type        = string
}

variable "backlog_per_task" {
  description = "Target number of jobs per task, waiting and running."
  type        = number
}

variable "tags" {
  description = "Tags of the alarm."
  type        = map(string)
}
