# As many tasks as there is work for, and none when there is none.
#
# Two policies: target tracking holds the jobs per task at a target, and takes the last task away when nothing is
# left. From zero it cannot wake by itself in reasonable time: ECS reports nothing for a service without tasks, and
# SQS is up to a quarter of an hour late for a queue that nobody used for hours. So a step policy adds the first task
# as soon as a queue holds something or the reception ran.

locals {
  may_run = var.image != null # without an image every task would fail to start, for ever

  queue_depths = {
    live_waiting   = { queue = var.queue_names.live, metric = "ApproximateNumberOfMessagesVisible" }
    live_in_flight = { queue = var.queue_names.live, metric = "ApproximateNumberOfMessagesNotVisible" }
    bulk_waiting   = { queue = var.queue_names.bulk, metric = "ApproximateNumberOfMessagesVisible" }
    bulk_in_flight = { queue = var.queue_names.bulk, metric = "ApproximateNumberOfMessagesNotVisible" }
  }

  # Jobs being worked on count too, or busy workers would be sent home.
  backlog = join(" + ", [for id in keys(local.queue_depths) : "FILL(${id}, 0)"])
}

resource "aws_appautoscaling_target" "workers" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.cluster.name}/${aws_ecs_service.this.name}"
  min_capacity       = local.may_run ? var.min_tasks : 0
  max_capacity       = local.may_run ? var.max_tasks : 0

  tags = var.tags
}

resource "aws_appautoscaling_policy" "backlog_per_task" {
  name               = "${var.name}-backlog-per-task"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.workers.service_namespace
  scalable_dimension = aws_appautoscaling_target.workers.scalable_dimension
  resource_id        = aws_appautoscaling_target.workers.resource_id

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
              value = var.cluster.name
            }

            dimensions {
              name  = "ServiceName"
              value = aws_ecs_service.this.name
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
  service_namespace  = aws_appautoscaling_target.workers.service_namespace
  scalable_dimension = aws_appautoscaling_target.workers.scalable_dimension
  resource_id        = aws_appautoscaling_target.workers.resource_id

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

resource "aws_cloudwatch_metric_alarm" "work_and_nobody_there" {
  #checkov:skip=CKV_AWS_319:It acts by scaling; nobody has to be told that work came in.
  alarm_name          = "${var.name}-wake"
  alarm_description   = "There is work and no worker: starts one. Not a fault."
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
      dimensions  = { ClusterName = var.cluster.name, ServiceName = aws_ecs_service.this.name }
      period      = 60
      stat        = "Average"
    }
  }

  tags = var.tags
}
