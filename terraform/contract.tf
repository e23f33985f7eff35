# The values that Terraform and the code share. tests/unit/terraform compares each of them with the code's constants.

locals {
  uploads_prefix = "uploads/" # syncline/core/layout.py
  results_prefix = "results/"
  record_name    = "job.json"

  function_timeout_seconds = 30 # syncline/local/provision.py
  # AWS recommends six times the function's timeout, so that throttled batches are not delivered twice.
  function_queue_visibility_seconds = 6 * local.function_timeout_seconds
  ingest_max_receives               = 5
  work_max_receives                 = 12

  align_timeout_seconds = 900 # Lambda's maximum
  # At 0.08 vCPU seconds per second of audio (syncline/backfill/prices.toml), two hours take 576 seconds on one vCPU.
  # This was not measured on Lambda.
  align_max_audio_seconds = 7200

  # A worker's heartbeat extends its messages and its leases together, so both expire together when it dies.
  lease_seconds           = 90 # syncline/aws/settings.py
  work_visibility_seconds = local.lease_seconds

  stop_timeout_seconds = 120                             # Fargate's maximum between SIGTERM and SIGKILL
  stop_seconds         = local.stop_timeout_seconds - 10 # syncline/aws/settings.py; the rest is for the process to exit

  translate_port = 9527 # syncline/cli/translate_server.py

  metric_namespace = "Syncline" # syncline/pipeline/metrics.py
  metric_service   = "worker"   # worker/logs.py

  event_source        = "syncline" # syncline/aws/notifications.py
  event_detail_type   = "Syncline job ended"
  deleted_detail_type = "Syncline job deleted"

  image_user_id = 10001 # docker/worker.Dockerfile
  models_path   = "/models"

  handlers = {
    reception    = "lambdas.reception.handler"
    status       = "lambdas.status.handler"
    dead_letters = "lambdas.dead_letters.handler"
    align        = "lambdas.align.handler"
  }
}
