# The dashboard: work, workers, functions, and logged errors.

locals {
  queue_metrics = {
    for label, metric in {
      waiting   = "ApproximateNumberOfMessagesVisible"
      in_flight = "ApproximateNumberOfMessagesNotVisible"
      settled   = "NumberOfMessagesDeleted"
      oldest    = "ApproximateAgeOfOldestMessage"
    } : label => [for role, queue in var.queue_names : ["AWS/SQS", metric, "QueueName", queue, { label = role }]]
  }

  worker_widgets = var.service_name == null ? [] : [
    {
      title = "Workers", stat = "Average"
      metrics = [
        for metric in ["DesiredTaskCount", "RunningTaskCount", "PendingTaskCount"] :
        ["ECS/ContainerInsights", metric, "ClusterName", var.cluster_name, "ServiceName", var.service_name]
      ]
    },
    {
      title = "Workers: processor and memory, % of a task", stat = "Average"
      metrics = [
        for metric in ["CPUUtilization", "MemoryUtilization"] :
        ["AWS/ECS", metric, "ClusterName", var.cluster_name, "ServiceName", var.service_name]
      ]
    },
  ]

  widgets = concat(local.worker_widgets, [
    { title = "Messages waiting", stat = "Maximum", metrics = local.queue_metrics.waiting },
    { title = "Messages being worked on", stat = "Maximum", metrics = local.queue_metrics.in_flight },
    { title = "Messages settled", stat = "Sum", metrics = local.queue_metrics.settled },
    { title = "Oldest message, seconds", stat = "Maximum", metrics = local.queue_metrics.oldest },
    {
      title = "Dead letters", stat = "Maximum"
      metrics = [
        for role, queue in var.dead_letter_queue_names :
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue, { label = role }]
      ]
    },
    # Workers write these metrics into their logs. Deployments in the same account and region share them.
    {
      title = "Jobs ended", stat = "Sum"
      metrics = [
        for metric in ["JobsSucceeded", "JobsFailed", "JobsHandedBack"] :
        [var.worker_metrics.namespace, metric, "service", var.worker_metrics.service]
      ]
    },
    {
      title   = "Jobs: seconds of audio in a second", stat = "Average"
      metrics = [[var.worker_metrics.namespace, "TimesRealTime", "service", var.worker_metrics.service]]
    },
    {
      title   = "Jobs: longest wait, seconds", stat = "Maximum"
      metrics = [[var.worker_metrics.namespace, "QueueWaitSeconds", "service", var.worker_metrics.service]]
    },
    {
      title = "Functions: invocations", stat = "Sum"
      metrics = [
        for role, function in var.function_names :
        ["AWS/Lambda", "Invocations", "FunctionName", function, { label = role }]
      ]
    },
    {
      title = "Functions: errors and throttles", stat = "Sum"
      metrics = [
        for pair in setproduct(keys(var.function_names), ["Errors", "Throttles"]) :
        ["AWS/Lambda", pair[1], "FunctionName", var.function_names[pair[0]], { label = "${pair[0]} ${lower(pair[1])}" }]
      ]
    },
    {
      title = "Functions: slowest, milliseconds", stat = "Maximum"
      metrics = [
        for role, function in var.function_names :
        ["AWS/Lambda", "Duration", "FunctionName", function, { label = role }]
      ]
    },
    {
      title = "Table: throttled requests", stat = "Sum"
      metrics = [
        for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] :
        ["AWS/DynamoDB", metric, "TableName", var.table_name]
      ]
    },
  ])

  columns = 3
  width   = 8 # of CloudWatch's 24
  height  = 6
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = concat(
      [
        for index, widget in local.widgets : {
          type   = "metric"
          x      = index % local.columns * local.width
          y      = floor(index / local.columns) * local.height
          width  = local.width
          height = local.height
          properties = {
            title   = widget.title
            region  = var.region
            view    = "timeSeries"
            stat    = widget.stat
            period  = 60
            metrics = widget.metrics
          }
        }
      ],
      [{
        type   = "log"
        x      = 0
        y      = ceil(length(local.widgets) / local.columns) * local.height
        width  = 24
        height = local.height
        properties = {
          title  = "Workers: warnings and errors"
          region = var.region
          view   = "table"
          query  = "SOURCE '${var.worker_log_group_name}' | fields @timestamp, @message | filter @message like /ERROR|WARNING|CRITICAL/ | sort @timestamp desc | limit 50"
        }
      }]
    )
  })
}
