# Every validation refuses a bad value.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name          = "syncline"
  functions_zip = "versions.tf" # any file: the mocked provider uploads nothing
}

# A value that each variable must refuse.
run "every_bad_value" {
  command = plan

  variables {
    name                       = "Syncline"
    tags                       = { syncline = "mine" }
    log_retention_days         = 31
    bucket_name                = "My-Bucket"
    noncurrent_version_days    = 0
    keep_days                  = 0
    keep_days_of_uploads       = 0.5
    allowed_origins            = ["https://*"]
    archives                   = [{ bucket = "archive", prefix = "talks/*" }]
    state_shards               = 0
    default_translate_to       = ["japanese!"]
    translation_model          = "m2m100 418m"
    speech_model               = "whisper base"
    enrichment_models          = ["entities en"]
    max_audio_seconds          = 0
    max_recording_bytes        = 0.5
    functions_zip              = "../dist/no-such.zip"
    reception_concurrency      = 1
    reserved_concurrency       = { status = 0 }
    align_image                = "example/syncline-align:latest"
    align_memory_mib           = 1024
    align_concurrency          = 1
    kms_key                    = { arn = "alias/syncline" }
    access_log_bucket          = "Logs"
    status_auth                = "none"
    vpc_cidr_block             = "10.0.0.0/28"
    egress_zone_count          = 3
    worker_image               = "example/syncline:latest"
    models_image               = "example/syncline-models:latest"
    compute                    = "kubernetes"
    worker_architecture        = "x86_64"
    worker_storage_gib         = 20
    worker_slots               = 0
    backlog_per_worker         = 0
    translate_server           = { max_tasks = 0 }
    job_emails                 = ["captions"]
    webhooks                   = { "my hook" = { url = "http://example.org", auth = { header = "", value = "" } } }
    alarm_emails               = ["on-call"]
    jobs_waiting_alarm_seconds = 10
    monthly_budget_usd         = 0
  }

  expect_failures = [
    var.name,
    var.tags,
    var.log_retention_days,
    var.bucket_name,
    var.noncurrent_version_days,
    var.keep_days,
    var.keep_days_of_uploads,
    var.allowed_origins,
    var.archives,
    var.state_shards,
    var.default_translate_to,
    var.translation_model,
    var.speech_model,
    var.enrichment_models,
    var.max_audio_seconds,
    var.max_recording_bytes,
    var.functions_zip,
    var.reception_concurrency,
    var.reserved_concurrency,
    var.align_image,
    var.align_memory_mib,
    var.align_concurrency,
    var.kms_key,
    var.access_log_bucket,
    var.status_auth,
    var.vpc_cidr_block,
    var.egress_zone_count,
    var.worker_image,
    var.models_image,
    var.compute,
    var.worker_architecture,
    var.worker_storage_gib,
    var.worker_slots,
    var.backlog_per_worker,
    var.translate_server,
    var.job_emails,
    var.webhooks,
    var.alarm_emails,
    var.jobs_waiting_alarm_seconds,
    var.monthly_budget_usd,
  ]
}

# Further bad values, and variables that the validations above depend on, which Terraform does not evaluate then.
run "every_other_bad_value" {
  command = plan

  variables {
    name                  = "a-name-of-twenty-two-ch"
    vpc_cidr_block        = "ten"
    worker_image          = "example/syncline"
    default_engine        = "kaldi"
    function_architecture = "ARM64"
    existing_network      = { vpc_id = "vpc-0123456789abcdef0", subnet_ids = [] }
    zone_count            = 5
    egress                = "proxy"
    worker_cpu            = 3072
    min_workers           = -1
    event_bus             = "my bus"
  }

  expect_failures = [
    var.name,
    var.vpc_cidr_block,
    var.worker_image,
    var.default_engine,
    var.function_architecture,
    var.existing_network,
    var.zone_count,
    var.egress,
    var.worker_cpu,
    var.min_workers,
    var.event_bus,
  ]
}

# A task on EC2 cannot have a public address.
run "ec2_without_a_route_to_aws" {
  command = plan

  variables {
    egress  = "public"
    compute = "ec2"
  }

  expect_failures = [
    var.compute,
  ]
}

# Gentle's programs are built for X86_64.
run "gentle_on_arm" {
  command = plan

  variables {
    default_engine      = "gentle"
    worker_architecture = "ARM64"
  }

  expect_failures = [
    var.worker_architecture,
  ]
}

# Fargate offers certain combinations of CPU and memory.
run "too_little_memory_for_the_processor" {
  command = plan

  variables {
    worker_cpu        = 8192
    worker_memory_mib = 8192
  }

  expect_failures = [
    var.worker_memory_mib,
  ]
}

# max_workers below min_workers.
run "max_below_min" {
  command = plan

  variables {
    min_workers = 3
    max_workers = 2
  }

  expect_failures = [
    var.max_workers,
  ]
}

# With existing_network there are no default clients.
run "translation_service_without_clients" {
  command = plan

  variables {
    existing_network = { vpc_id = "vpc-0123456789abcdef0", subnet_ids = ["subnet-0123456789abcdef0"] }
    translate_server = {}
  }

  expect_failures = [
    var.translate_server,
  ]
}

# The e-mails come from the event bus.
run "emails_without_a_bus" {
  command = plan

  variables {
    event_bus  = null
    job_emails = ["captions@example.org"]
  }

  expect_failures = [
    var.job_emails,
  ]
}

# There are three choices.
run "unknown_aligner" {
  command = plan

  variables {
    aligner = "kubernetes"
  }

  expect_failures = [
    var.aligner,
  ]
}

# The function does not translate.
run "lambda_aligner_with_translations" {
  command = plan

  variables {
    aligner              = "both"
    default_translate_to = ["ja"]
  }

  expect_failures = [
    var.aligner,
  ]
}
