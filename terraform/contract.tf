# What Terraform and the code must agree on, in one place. tests/unit/terraform compares every line of it with the
# code's own constants, so that neither side can drift alone.

locals {
  uploads_prefix = "uploads/" # syncline/core/layout.py
  results_prefix = "results/"
  record_name    = "job.json"

  function_timeout_seconds = 30 # syncline/local/provision.py
  # AWS asks for six times the function's timeout, so that throttled batches do not come twice.
  function_queue_visibility_seconds = 6 * local.function_timeout_seconds
  ingest_max_receives               = 5
  work_max_receives                 = 12

  # A worker's heartbeat extends its messages and its leases together: when it dies, both run out together.
  lease_seconds           = 90 # syncline/aws/settings.py
  work_visibility_seconds = local.lease_seconds

  stop_timeout_seconds = 120                             # the longest that Fargate waits between SIGTERM and SIGKILL
  stop_seconds         = local.stop_timeout_seconds - 10 # syncline/aws/settings.py; the rest is for ending the process

  translate_port = 9527 # syncline/cli/app.py

  metric_namespace = "Syncline" # syncline/pipeline/metrics.py
  metric_service   = "worker"   # worker/logs.py

  event_source      = "syncline" # syncline/aws/notifications.py
  event_detail_type = "Syncline job ended"

  image_user_id = 10001 # docker/worker.Dockerfile
  models_path   = "/models"

  handlers = {
    reception    = "lambdas.reception.handler"
    status       = "lambdas.status.handler"
    dead_letters = "lambdas.dead_letters.handler"
  }
}
