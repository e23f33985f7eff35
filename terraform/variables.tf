# ---- required

variable "name" {
  description = "Name of the deployment: prefix of the name of every resource. “syncline” gives the names of the local stack."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}[a-z0-9]$", var.name))
    error_message = "Give 2 to 21 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen."
  }
}

# ---- the whole deployment

variable "tags" {
  description = "Tags of every resource, in addition to syncline = <name>."
  type        = map(string)
  default     = {}

  validation {
    condition     = !contains(keys(var.tags), "syncline")
    error_message = "The deployment sets the tag “syncline” itself."
  }
}

variable "deletion_protection" {
  description = "Whether `terraform destroy` refuses to delete recordings, results, records, images and the token. Set to false, and apply, before a teardown."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "Days until CloudWatch deletes log lines."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "kms_key" {
  description = "ARN of a customer-managed KMS key for the bucket, the table, the queues and the token; null for AWS's own keys. docs/deploy.md lists what the policy of the key must allow."
  # An object, because the ARN of a key that the same apply creates is not known when Terraform plans.
  type    = object({ arn = string })
  default = null

  validation {
    condition     = var.kms_key == null ? true : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key.arn))
    error_message = "Give the ARN of a key: arn:aws:kms:<region>:<account>:key/<id>."
  }
}

# ---- bucket

variable "bucket_name" {
  description = "Name of the bucket; null for <name>-<account>-<region>."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_name == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "A bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "noncurrent_version_days" {
  description = "Days until S3 deletes a replaced or deleted version of an object."
  type        = number
  default     = 30

  validation {
    condition     = var.noncurrent_version_days >= 1
    error_message = "Give at least one day."
  }
}

variable "keep_days" {
  description = "Days until the results and the record of an ended job are deleted. null: never. A later backfill aligns such a recording again."
  type        = number
  default     = null

  validation {
    condition     = var.keep_days == null || try(var.keep_days >= 1 && floor(var.keep_days) == var.keep_days, false)
    error_message = "keep_days must be null or a whole number of days, at least 1."
  }
}

variable "keep_days_of_uploads" {
  description = "Days until S3 deletes recordings, transcripts and options. null: never."
  type        = number
  default     = null

  validation {
    condition     = var.keep_days_of_uploads == null || try(var.keep_days_of_uploads >= 1 && floor(var.keep_days_of_uploads) == var.keep_days_of_uploads, false)
    error_message = "keep_days_of_uploads must be null or a whole number of days, at least 1."
  }
}

variable "allowed_origins" {
  description = "Origins of web pages that may call the status URL and upload with presigned forms, such as https://example.org. None by default."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.allowed_origins : can(regex("^https?://[^/*]+$", origin))])
    error_message = "An origin is https://host or http://host:port, without path and without “*”."
  }
}

variable "access_log_bucket" {
  description = "Existing bucket that receives the S3 access logs of the bucket; null for none. Its policy must allow logging.s3.amazonaws.com to write."
  type        = string
  default     = null

  validation {
    condition     = var.access_log_bucket == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.access_log_bucket))
    error_message = "A bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "archives" {
  description = "Buckets and prefixes of recordings that `syncline backfill` may align in place. Workers only read them."
  type = list(object({
    bucket = string
    prefix = optional(string, "")
  }))
  default = []

  validation {
    condition     = alltrue([for archive in var.archives : !startswith(archive.prefix, "/") && !strcontains(archive.prefix, "*")])
    error_message = "A prefix does not begin with “/” and does not contain “*”."
  }
}

variable "state_shards" {
  description = "Keys of the table's index over which queued and running jobs are spread. Raise it for more than 500 tasks, after all programs have this version (docs/scaling.md)."
  type        = number
  default     = 1

  validation {
    condition     = var.state_shards >= 1 && var.state_shards <= 100 && floor(var.state_shards) == var.state_shards
    error_message = "state_shards must be a whole number from 1 to 100."
  }
}

# ---- defaults of jobs

variable "default_engine" {
  description = "Engine of jobs that do not name one: pocketsphinx, whisper or gentle."
  type        = string
  default     = "pocketsphinx"

  validation {
    condition     = contains(["pocketsphinx", "whisper", "gentle"], var.default_engine)
    error_message = "The engines are pocketsphinx, whisper and gentle."
  }
}

variable "gentle" {
  description = "Whether the worker image contains Gentle. Workers then get the memory that its model needs (docs/gentle.md). Implied by default_engine = gentle."
  type        = bool
  default     = false
}

variable "default_translate_to" {
  description = "Target languages of jobs that do not name any, such as [\"ja\", \"fr\"]."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for code in var.default_translate_to : can(regex("^[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*$", code))])
    error_message = "Give language codes such as ja, fr or pt-BR."
  }
}

variable "translation_model" {
  description = "Translation model: a name from `syncline models list`."
  type        = string
  default     = "m2m100-418m"

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._/@-]*$", var.translation_model))
    error_message = "Give a model's name, such as m2m100-418m or m2m100-1.2b."
  }
}

variable "speech_model" {
  description = "Speech model for the engine whisper: a name from `syncline models list`, such as whisper-base.en or, for several languages, whisper-small. Null for none, or for whisper-base.en with default_engine = whisper."
  type        = string
  default     = null

  validation {
    condition     = var.speech_model == null ? true : can(regex("^[A-Za-z0-9][A-Za-z0-9._/@-]*$", var.speech_model))
    error_message = "Give a model's name, such as whisper-base.en or whisper-small."
  }
}

variable "enrichment_models" {
  description = "Models for the options `entities` and `questions`, such as [\"entities-en\", \"answers-en\"]. The task that installs the translation model installs them too. The worker image and models_image must then be built with WORKER_REQUIREMENTS=requirements-enrich.txt."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.enrichment_models : can(regex("^[A-Za-z0-9][A-Za-z0-9._/@-]*$", name))])
    error_message = "Give names of models, such as entities-en or answers-en."
  }
}

variable "models_on_efs" {
  description = "Whether models are on a shared file system that a one-off task fills. False if the worker image contains its model."
  type        = bool
  default     = true
}

variable "max_audio_seconds" {
  description = "Longest accepted recording, in seconds; null for the code's default."
  type        = number
  default     = null

  validation {
    condition     = var.max_audio_seconds == null ? true : var.max_audio_seconds >= 1 && floor(var.max_audio_seconds) == var.max_audio_seconds
    error_message = "Give a whole number of seconds above zero."
  }
}

variable "max_recording_bytes" {
  description = "Largest accepted recording, in bytes; null for the code's default."
  type        = number
  default     = null

  validation {
    condition     = var.max_recording_bytes == null ? true : var.max_recording_bytes >= 1 && floor(var.max_recording_bytes) == var.max_recording_bytes
    error_message = "Give a whole number of bytes above zero."
  }
}

# ---- functions

variable "functions_zip" {
  description = "Path of the functions' zip; null for the one that `make zip` writes to dist/."
  type        = string
  default     = null

  validation {
    condition     = fileexists(coalesce(var.functions_zip, "${path.module}/../dist/syncline-lambdas-${var.function_architecture}.zip"))
    error_message = "The file does not exist. Build it with `make zip`, or set functions_zip to its path."
  }
}

variable "function_architecture" {
  description = "CPU architecture of the functions; the zip must be built for it."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.function_architecture)
    error_message = "Lambda has arm64 and x86_64."
  }
}

variable "reception_concurrency" {
  description = "Most concurrent executions of the reception."
  type        = number
  default     = 10

  validation {
    condition     = var.reception_concurrency >= 2 && var.reception_concurrency <= 1000
    error_message = "An event source mapping allows 2 to 1000."
  }
}

variable "reserved_concurrency" {
  description = "Lambda executions to reserve per function, which are also its maximum; null for none. status limits what an anonymous flood of the status URL can use."
  type = object({
    reception    = optional(number)
    status       = optional(number)
    dead_letters = optional(number)
  })
  default = {}

  validation {
    condition     = alltrue([for reserved in values(var.reserved_concurrency) : reserved == null ? true : reserved >= 1 && floor(reserved) == reserved])
    error_message = "Give a whole number of at least 1 per function."
  }
}

variable "status_auth" {
  description = "Authentication of the status URL: iam (requests signed with AWS credentials) or token (a bearer token)."
  type        = string
  default     = "iam"

  validation {
    condition     = contains(["iam", "token"], var.status_auth)
    error_message = "Choose iam or token."
  }
}

# ---- the Lambda aligner

variable "aligner" {
  description = "What runs jobs: worker (ECS tasks), lambda (a function: no VPC and no cost while idle, only for recordings that fit its time limit) or both (functions take bursts while workers start)."
  type        = string
  default     = "worker"

  validation {
    condition     = contains(["worker", "lambda", "both"], var.aligner)
    error_message = "Choose worker, lambda or both."
  }

  validation {
    condition     = var.aligner == "worker" || (length(var.default_translate_to) == 0 && var.default_engine == "pocketsphinx")
    error_message = "The function has only the embedded engine and does not translate: use aligner = worker, or neither default_translate_to nor another engine."
  }
}

variable "align_image" {
  description = "Image of the aligning function (docker/lambda.Dockerfile), named like worker_image and built for worker_architecture. Null until one was pushed."
  type        = string
  default     = null

  validation {
    condition     = var.align_image == null ? true : can(regex("^[^\\s@]+(@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9._-]*)$", var.align_image)) && !endswith(var.align_image, ":latest")
    error_message = "Name the image by digest (…@sha256:<64 hex digits>) or by a tag that is not “latest”."
  }
}

variable "align_memory_mib" {
  description = "Memory of the aligning function. 1769 MiB are one vCPU, and the function uses one."
  type        = number
  default     = 1769

  validation {
    condition     = var.align_memory_mib >= 1769 && var.align_memory_mib <= 10240
    error_message = "Give 1769 to 10240: less than 1769 MiB is less than one vCPU."
  }
}

variable "align_concurrency" {
  description = "Most concurrent executions of the aligning function for each of the two work queues."
  type        = number
  default     = 10

  validation {
    condition     = var.align_concurrency >= 2 && var.align_concurrency <= 1000
    error_message = "An event source mapping allows 2 to 1000."
  }
}

# ---- network

variable "existing_network" {
  description = "An existing VPC to use instead of a new one. Give one subnet per availability zone; they need routes to S3, DynamoDB, SQS, ECR and CloudWatch Logs. If they have no route to the internet, models_subnet_ids needs one."
  type = object({
    vpc_id            = string
    subnet_ids        = list(string)
    assign_public_ip  = optional(bool, false)
    models_subnet_ids = optional(list(string))
  })
  default = null

  validation {
    condition     = var.existing_network == null ? true : length(var.existing_network.subnet_ids) > 0
    error_message = "Name at least one subnet."
  }
}

variable "vpc_cidr_block" {
  description = "Addresses of the new VPC."
  type        = string
  default     = "10.42.0.0/16"

  validation {
    condition     = can(cidrhost(var.vpc_cidr_block, 0)) && try(tonumber(split("/", var.vpc_cidr_block)[1]), 0) >= 16 && try(tonumber(split("/", var.vpc_cidr_block)[1]), 99) <= 24
    error_message = "Give a block between /16 and /24, such as 10.42.0.0/16."
  }
}

variable "zone_count" {
  description = "Availability zones of the new VPC that tasks may run in."
  type        = number
  default     = 2

  validation {
    condition     = var.zone_count >= 1 && var.zone_count <= 4 && floor(var.zone_count) == var.zone_count
    error_message = "Choose 1 to 4 zones."
  }
}

variable "egress" {
  description = "How workers in the new VPC reach AWS: endpoints (no route to the internet), nat, or public (no fixed cost; workers have public addresses, but accept no connections). docs/deploy.md gives the price of each."
  type        = string
  default     = "endpoints"

  validation {
    condition     = contains(["endpoints", "nat", "public"], var.egress)
    error_message = "Choose endpoints, nat or public."
  }
}

variable "egress_zone_count" {
  description = "Zones that have endpoints or a NAT gateway; each zone costs extra. Tasks in other zones use them too."
  type        = number
  default     = 1

  validation {
    condition     = var.egress_zone_count >= 1 && var.egress_zone_count <= var.zone_count && floor(var.egress_zone_count) == var.egress_zone_count
    error_message = "Choose at least 1 and at most zone_count."
  }
}

variable "flow_logs" {
  description = "Whether the new VPC records refused connections."
  type        = bool
  default     = true
}

# ---- workers

variable "worker_image" {
  description = "Image of the worker, by digest (<repository>@sha256:…) or by a tag that never moves. Null until one was pushed; jobs wait in their queue until then."
  type        = string
  default     = null

  validation {
    condition     = var.worker_image == null ? true : can(regex("^[^\\s@]+(@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9._-]*)$", var.worker_image)) && !endswith(var.worker_image, ":latest")
    error_message = "Name the image by digest (…@sha256:<64 hex digits>) or by a tag that is not “latest”: the code that runs must not change without an apply."
  }
}

variable "models_image" {
  description = "Image of the task that downloads and converts models (target `model` of docker/worker.Dockerfile), named like worker_image. Null until one was pushed."
  type        = string
  default     = null

  validation {
    condition     = var.models_image == null ? true : can(regex("^[^\\s@]+(@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9._-]*)$", var.models_image)) && !endswith(var.models_image, ":latest")
    error_message = "Name the image by digest (…@sha256:<64 hex digits>) or by a tag that is not “latest”."
  }
}

variable "compute" {
  description = "What workers run on: fargate, spot (Fargate Spot: up to 70% cheaper, stopped with two minutes' notice) or ec2 (instances that ECS starts and stops)."
  type        = string
  default     = "fargate"

  validation {
    condition     = contains(["fargate", "spot", "ec2"], var.compute)
    error_message = "Choose fargate, spot or ec2."
  }

  validation {
    condition     = !(var.compute == "ec2" && var.egress == "public" && var.existing_network == null)
    error_message = "On EC2 a task has no public address of its own: choose egress = endpoints or nat."
  }
}

variable "worker_architecture" {
  description = "CPU architecture of the worker image: X86_64 or ARM64."
  type        = string
  default     = "X86_64"

  validation {
    condition     = contains(["X86_64", "ARM64"], var.worker_architecture)
    error_message = "ECS has X86_64 and ARM64."
  }

  validation {
    condition     = !(var.worker_architecture == "ARM64" && local.gentle)
    error_message = "Gentle's binaries are for X86_64 only."
  }
}

variable "worker_cpu" {
  description = "CPU units of a worker; 1024 are one vCPU."
  type        = number
  default     = 4096

  validation {
    condition     = contains([512, 1024, 2048, 4096, 8192, 16384], var.worker_cpu)
    error_message = "Fargate has 512, 1024, 2048, 4096, 8192 and 16384."
  }
}

variable "worker_memory_mib" {
  description = "Memory of a worker, in MiB; null for 8192, or with Gentle 4 GiB per vCPU and 2 more."
  type        = number
  default     = null

  validation {
    condition = var.compute == "ec2" || contains({
      "512"   = range(1024, 4097, 1024)
      "1024"  = range(2048, 8193, 1024)
      "2048"  = range(4096, 16385, 1024)
      "4096"  = range(8192, 30721, 1024)
      "8192"  = range(16384, 61441, 4096)
      "16384" = range(32768, 122881, 8192)
    }[tostring(var.worker_cpu)], coalesce(var.worker_memory_mib, local.default_worker_memory_mib))
    error_message = "Fargate does not offer this memory with this number of CPU units: two to eight GiB per vCPU, in whole GiB (8 vCPU: steps of 4; 16 vCPU: steps of 8)."
  }
}

variable "worker_storage_gib" {
  description = "Disk of a worker, in GiB. Workers download recordings to it."
  type        = number
  default     = 30

  validation {
    condition     = var.worker_storage_gib >= 21 && var.worker_storage_gib <= 200
    error_message = "Fargate has 21 to 200 GiB."
  }
}

variable "worker_slots" {
  description = "Jobs that one worker runs at once; they share its CPUs. Null for the worker's own choice."
  type        = number
  default     = null

  validation {
    condition     = var.worker_slots == null ? true : var.worker_slots >= 1 && var.worker_slots <= 16 && floor(var.worker_slots) == var.worker_slots
    error_message = "Choose 1 to 16."
  }
}

variable "min_workers" {
  description = "Workers that run even without work. 0 costs nothing when idle; with 1 jobs start at once instead of after minutes."
  type        = number
  default     = 0

  validation {
    condition     = var.min_workers >= 0 && floor(var.min_workers) == var.min_workers
    error_message = "Give a whole number, 0 or more."
  }
}

variable "max_workers" {
  description = "Most workers that may run at once."
  type        = number
  default     = 10

  validation {
    condition     = var.max_workers >= max(1, var.min_workers) && floor(var.max_workers) == var.max_workers
    error_message = "Give a whole number, at least 1 and at least min_workers."
  }
}

variable "backlog_per_worker" {
  description = "Target number of jobs per worker, waiting and running. A lower number starts more workers."
  type        = number
  default     = 8

  validation {
    condition     = var.backlog_per_worker >= 1
    error_message = "Give at least 1."
  }
}

variable "instance_type" {
  description = "EC2 instance type that fits one worker; null for one that fits the defaults. Used only with compute = ec2."
  type        = string
  default     = null
}

# ---- the translation service

variable "translate_server" {
  description = "The translation service for clients in the VPC, behind an internal load balancer; null for none."
  type = object({
    cpu                = optional(number, 2048)
    memory_mib         = optional(number, 4096)
    min_tasks          = optional(number, 1)
    max_tasks          = optional(number, 4)
    certificate_arn    = optional(string)
    client_cidr_blocks = optional(list(string))
  })
  default = null

  validation {
    condition     = var.translate_server == null ? true : var.translate_server.max_tasks >= max(1, var.translate_server.min_tasks)
    error_message = "max_tasks must be at least 1 and at least min_tasks."
  }

  validation {
    condition     = var.translate_server == null || var.existing_network == null || try(var.translate_server.client_cidr_blocks, null) != null
    error_message = "With existing_network, client_cidr_blocks must name the clients of the translation service."
  }
}

# ---- events and alarms

variable "event_bus" {
  description = "EventBridge bus for the events of finished jobs; null for none."
  type        = string
  default     = "default"

  validation {
    condition     = var.event_bus == null ? true : can(regex("^[A-Za-z0-9._/-]{1,256}$", var.event_bus))
    error_message = "Give the name of a bus, such as default."
  }
}

variable "job_emails" {
  description = "Addresses that get an e-mail for every finished job."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.job_emails : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "Give e-mail addresses."
  }

  validation {
    condition     = length(var.job_emails) == 0 || var.event_bus != null
    error_message = "The e-mails come from the event bus: set event_bus."
  }
}

variable "webhooks" {
  description = "Addresses that get an HTTPS request for every job that ended or was deleted, by a short name. auth is a header that proves the sender, such as { header = \"Authorization\", value = \"Bearer …\" }; its value is in Terraform's state and in Secrets Manager."
  type = map(object({
    url  = string
    auth = object({ header = string, value = string })
  }))
  default   = {}
  sensitive = true

  validation {
    condition     = alltrue([for name in keys(var.webhooks) : can(regex("^[A-Za-z0-9_-]{1,32}$", name))])
    error_message = "The name of a webhook has at most 32 letters, digits, hyphens and underscores."
  }

  validation {
    condition     = alltrue([for webhook in values(var.webhooks) : can(regex("^https://[^\\s]+$", webhook.url))])
    error_message = "The address of a webhook starts with https://."
  }

  validation {
    condition     = alltrue([for webhook in values(var.webhooks) : length(webhook.auth.header) > 0 && length(webhook.auth.value) > 0])
    error_message = "The header of a webhook has a name and a value."
  }

  validation {
    condition     = length(var.webhooks) == 0 || var.event_bus != null
    error_message = "The events of the webhooks come from the event bus: set event_bus."
  }
}

variable "alarm_emails" {
  description = "Addresses that get an e-mail for every alarm."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alarm_emails : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "Give e-mail addresses."
  }
}

variable "jobs_waiting_alarm_seconds" {
  description = "Seconds that an upload may wait for a worker before the alarm jobs-waiting."
  type        = number
  default     = 1800

  validation {
    condition     = var.jobs_waiting_alarm_seconds >= 60
    error_message = "Give at least 60: starting a worker takes minutes."
  }
}

variable "monthly_budget_usd" {
  description = "Monthly budget of the whole account. AWS warns alarm_emails at 80% of it; null for no budget."
  type        = number
  default     = null

  validation {
    condition     = var.monthly_budget_usd == null ? true : var.monthly_budget_usd > 0
    error_message = "Give an amount above zero."
  }
}
