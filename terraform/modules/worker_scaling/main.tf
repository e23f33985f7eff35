# Scale the workers by the backlog, down to zero.
#
# Target tracking keeps the jobs per task at a target, and removes the last task when nothing is left. It cannot wake a
# service from zero in reasonable time: ECS reports no metrics for a service without tasks, and SQS metrics of a queue
# that was idle for hours are up to 15 minutes late. A step policy therefore adds the first task as soon as a queue
# contains a message or the reception runs.

locals {
  queue_depths = {
    live_waiting   = { queue = var.queue_names.live, metric = "ApproximateNumberOfMessagesVisible" }
    live_in_flight = { queue = var.queue_names.live, metric = "ApproximateNumberOfMessagesNotVisible" }
    bulk_waiting   = { queue = var.queue_names.bulk, metric = "ApproximateNumberOfMessagesVisible" }
    bulk_in_flight = { queue = var.queue_names.bulk, metric = "ApproximateNumberOfMessagesNotVisible" }
  }

  # Running jobs count too, or ECS would stop workers that are busy.
  backlog = join(" + ", [for id in keys(local.queue_depths) : "FILL(${id}, 0)"])
}

resource "aws_appautoscaling_policy" "backlog_per_task" {
  name               = "${var.name}-backlog-per-task"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = var.service.scaling_target.service_namespace
  scalable_dimension = var.service.scaling_target.scalable_dimension
  resource_id        = var.service.scaling_target.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.backlog_per_task
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    customized_metric_specification {
      metrics {
        id          = "backlog_per_task"
        label       = "Jobs per task"
        expression  = "(${local.backlog}) / IF(FILL(running, 0) > 0, running, 1)"
        return_data = true
      }

      dynamic "metrics" {
        for_each = local.queue_depths

        content {
          id          = metrics.key
          return_data = false

          metric_stat {
            stat = "Maximum"

            metric {
              namespace   = "AWS/SQS"
              metric_name = metrics.value.metric

              dimensions {
                name  = "QueueName"
                value = metrics.value.queue
              }
            }
          }
        }
      }

      metrics {
        id          = "running"
        return_data = false

        metric_stat {
          stat = "Average"

          metric {
            namespace   = "ECS/ContainerInsights"
            metric_name = "RunningTaskCount"

            dimensions {
              name  = "ClusterName"
              value = var.service.cluster_name
            }

            dimensions {
              name  = "ServiceName"
              value = var.service.name
            }
          }
        }
      }
    }
  }
}

resource "aws_appautoscaling_policy" "wake" {
  name               = "${var.name}-wake"
  policy_type        = "StepScaling"
  service_namespace  = var.service.scaling_target.service_namespace
  scalable_dimension = var.service.scaling_target.scalable_dimension
  resource_id        = var.service.scaling_target.resource_id

  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    cooldown                = 300
    metric_aggregation_type = "Maximum"

    step_adjustment {
      metric_interval_lower_bound = 0
      scaling_adjustment          = 1
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "work_without_workers" {
  #checkov:skip=CKV_AWS_319:Its action is to scale; it is not a fault.
  alarm_name          = "${var.name}-wake"
  alarm_description   = "There is work and no worker: starts the first worker. Not a fault."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_appautoscaling_policy.wake.arn]

  metric_query {
    id          = "needed"
    label       = "Work and no worker"
    expression  = "IF(FILL(running, 0) < 1 AND (${local.backlog} + FILL(receptions, 0)) > 0, 1, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.queue_depths

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/SQS"
        metric_name = metric_query.value.metric
        dimensions  = { QueueName = metric_query.value.queue }
        period      = 60
        stat        = "Maximum"
      }
    }
  }

  metric_query {
    id = "receptions"

    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Invocations"
      dimensions  = { FunctionName = var.reception_function_name }
      period      = 60
      stat        = "Sum"
    }
  }

  metric_query {
    id = "running"

    metric {
      namespace   = "ECS/ContainerInsights"
      metric_name = "RunningTaskCount"
      dimensions  = { ClusterName = var.service.cluster_name, ServiceName = var.service.name }
      period      = 60
      stat        = "Average"
    }
  }

  tags = var.tags
}
