# The SYNCLINE_* variables: syncline/aws/settings.py reads them, and refuses unknown names.

locals {
  # For every process: the places of the deployment, and the limits of an upload.
  process_environment = {
    for name, value in {
      SYNCLINE_BUCKET              = module.bucket.bucket_name
      SYNCLINE_TABLE               = module.jobs_table.table_name
      SYNCLINE_INGEST_QUEUE        = module.ingest_queue.queue_url
      SYNCLINE_LIVE_QUEUE          = module.work_queue["live"].queue_url
      SYNCLINE_BULK_QUEUE          = module.work_queue["bulk"].queue_url
      SYNCLINE_INGEST_DEAD_LETTERS = module.ingest_queue.dead_letter_queue_url
      SYNCLINE_LIVE_DEAD_LETTERS   = module.work_queue["live"].dead_letter_queue_url
      SYNCLINE_BULK_DEAD_LETTERS   = module.work_queue["bulk"].dead_letter_queue_url
      SYNCLINE_ENGINE              = var.default_engine
      SYNCLINE_TRANSLATE_TO        = length(var.default_translate_to) == 0 ? null : join(",", var.default_translate_to)
      SYNCLINE_MAX_AUDIO_SECONDS   = local.max_audio_seconds == null ? null : tostring(local.max_audio_seconds)
      SYNCLINE_MAX_RECORDING_BYTES = var.max_recording_bytes == null ? null : format("%d", var.max_recording_bytes)
      SYNCLINE_EVENT_BUS           = var.event_bus
      SYNCLINE_KEEP_DAYS           = var.keep_days == null ? null : tostring(var.keep_days)
      SYNCLINE_STATE_SHARDS        = var.state_shards == 1 ? null : tostring(var.state_shards)
    } : name => value if value != null
  }

  # The reception refuses recordings that the function could not align in time.
  max_audio_seconds = var.max_audio_seconds != null || var.aligner == "worker" ? var.max_audio_seconds : local.align_max_audio_seconds

  speech_model = var.speech_model == null && var.default_engine == "whisper" ? "whisper-base.en" : var.speech_model

  # An image that contains its model sets SYNCLINE_MODELS itself.
  models_environment = merge(
    { SYNCLINE_TRANSLATION_MODEL = var.translation_model },
    var.models_on_efs ? { SYNCLINE_MODELS = local.models_path } : {},
  )

  speech_environment = local.speech_model == null ? {} : { SYNCLINE_SPEECH_MODEL = local.speech_model }

  worker_environment = merge(local.models_environment, local.speech_environment, local.slots_environment, {
    SYNCLINE_LEASE_SECONDS = tostring(local.lease_seconds)
    SYNCLINE_STOP_SECONDS  = tostring(local.stop_seconds)
  }, local.region_environment)

  align_environment = { SYNCLINE_LEASE_SECONDS = tostring(local.lease_seconds) }

  # Fargate sets these variables, EC2 does not. boto3 reads only the second.
  region_environment = {
    AWS_REGION         = local.region
    AWS_DEFAULT_REGION = local.region
  }

  slots_environment = var.worker_slots == null ? {} : { SYNCLINE_SLOTS = tostring(var.worker_slots) }

  translate_environment = merge(local.models_environment, local.region_environment)

  token_environment = var.status_auth == "token" ? { SYNCLINE_TOKEN_SECRET = module.token[0].secret_arn } : {}

  # For the command line on another machine.
  operator_environment = merge(local.process_environment, local.token_environment, local.region_environment, {
    SYNCLINE_STATUS_URL = trimsuffix(aws_lambda_function_url.status.function_url, "/")
  })
}
