# Syncline in one AWS account and region: storage, queues, functions, network, workers, translation service, alarms.
# IAM statements are in permissions.tf, the status URL is in status_url.tf.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id  = data.aws_caller_identity.current.account_id
  partition   = data.aws_partition.current.partition
  region      = data.aws_region.current.id
  kms_key_arn = var.kms_key == null ? null : var.kms_key.arn
  tags        = merge(var.tags, { syncline = var.name })

  functions_zip = coalesce(var.functions_zip, "${path.module}/../dist/syncline-lambdas-${var.function_architecture}.zip")
}

# ---------------------------------------------------------------- storage

module "bucket" {
  source = "./modules/bucket"

  name                    = coalesce(var.bucket_name, "${var.name}-${local.account_id}-${local.region}")
  uploads_prefix          = local.uploads_prefix
  queue_arn               = module.ingest_queue.queue_arn
  noncurrent_version_days = var.noncurrent_version_days
  expiration_days         = { (local.results_prefix) = var.keep_days, (local.uploads_prefix) = var.keep_days_of_uploads }
  access_log_bucket       = var.access_log_bucket
  kms_key_arn             = local.kms_key_arn
  allowed_origins         = var.allowed_origins
  page_origins            = local.page_origins
  deletion_protection     = var.deletion_protection
  tags                    = local.tags
}

module "jobs_table" {
  source = "./modules/jobs_table"

  name                = "${var.name}-jobs"
  kms_key_arn         = local.kms_key_arn
  deletion_protection = var.deletion_protection
  tags                = local.tags
}

# ---------------------------------------------------------------- queues

locals {
  # Lambda refuses a mapping from a queue that hides messages for less than the function's timeout. Workers set a lease's
  # length with every receive.
  job_visibility_seconds = local.has_align_function ? local.align_timeout_seconds : local.work_visibility_seconds
}

module "ingest_queue" {
  source = "./modules/queue"

  name                                   = "${var.name}-ingest"
  visibility_timeout_seconds             = local.function_queue_visibility_seconds
  dead_letter_visibility_timeout_seconds = local.function_queue_visibility_seconds
  max_receive_count                      = local.ingest_max_receives
  source_bucket_arn                      = module.bucket.bucket_arn
  account_id                             = local.account_id
  kms_key_arn                            = local.kms_key_arn
  tags                                   = local.tags
}

module "work_queue" {
  source   = "./modules/queue"
  for_each = toset(["live", "bulk"])

  name                                   = "${var.name}-${each.key}"
  visibility_timeout_seconds             = local.job_visibility_seconds
  dead_letter_visibility_timeout_seconds = local.function_queue_visibility_seconds
  max_receive_count                      = local.work_max_receives
  account_id                             = local.account_id
  kms_key_arn                            = local.kms_key_arn
  tags                                   = local.tags
}

# ---------------------------------------------------------------- functions

module "reception" {
  source = "./modules/function"

  name                 = "${var.name}-reception"
  description          = "Records the state of every uploaded object, and queues complete upload sets for the workers."
  handler              = local.handlers.reception
  zip_path             = local.functions_zip
  architecture         = var.function_architecture
  memory_mib           = 512
  timeout_seconds      = local.function_timeout_seconds
  environment          = local.process_environment
  statements           = local.reception_statements
  source_queue_arns    = { ingest = module.ingest_queue.queue_arn }
  maximum_concurrency  = var.reception_concurrency
  reserved_concurrency = var.reserved_concurrency.reception
  log_retention_days   = var.log_retention_days
  tags                 = local.tags
}

module "status" {
  source = "./modules/function"

  name                 = "${var.name}-status"
  description          = "Serves the status URL: the state of jobs, their results, uploads."
  handler              = local.handlers.status
  zip_path             = local.functions_zip
  architecture         = var.function_architecture
  memory_mib           = 512
  timeout_seconds      = local.function_timeout_seconds
  environment          = merge(local.process_environment, local.token_environment)
  statements           = local.status_statements
  reserved_concurrency = var.reserved_concurrency.status
  log_retention_days   = var.log_retention_days
  tags                 = local.tags
}

module "dead_letters" {
  source = "./modules/function"

  name                 = "${var.name}-dead-letters"
  description          = "Marks jobs FAILED whose messages reached a dead-letter queue."
  handler              = local.handlers.dead_letters
  zip_path             = local.functions_zip
  architecture         = var.function_architecture
  memory_mib           = 512
  timeout_seconds      = local.function_timeout_seconds
  environment          = local.process_environment
  statements           = local.dead_letters_statements
  source_queue_arns    = { for name, queue in module.work_queue : name => queue.dead_letter_queue_arn }
  maximum_concurrency  = 2
  reserved_concurrency = var.reserved_concurrency.dead_letters
  log_retention_days   = var.log_retention_days
  tags                 = local.tags
}

module "align" {
  source = "./modules/function"
  count  = local.has_align_function && var.align_image != null ? 1 : 0

  name                  = "${var.name}-align"
  description           = "Aligns recordings of jobs in the work queues."
  handler               = local.handlers.align
  image                 = var.align_image
  architecture          = lower(var.worker_architecture)
  memory_mib            = var.align_memory_mib
  timeout_seconds       = local.align_timeout_seconds
  ephemeral_storage_mib = 4096 # recordings, as uploaded and decoded
  environment           = merge(local.process_environment, local.align_environment)
  statements            = local.align_statements
  source_queue_arns     = { for name, queue in module.work_queue : name => queue.queue_arn }
  batch_size            = 1
  maximum_concurrency   = var.align_concurrency
  log_retention_days    = var.log_retention_days
  tags                  = local.tags

  depends_on = [module.cluster]
}

# ---------------------------------------------------------------- network

locals {
  has_workers        = var.aligner != "lambda"
  has_align_function = var.aligner != "worker"
  has_tasks          = local.has_workers || var.translate_server != null
}

module "network" {
  source = "./modules/network"
  count  = local.has_tasks && var.existing_network == null ? 1 : 0

  name               = var.name
  account_id         = local.account_id
  region             = local.region
  cidr_block         = var.vpc_cidr_block
  zone_count         = var.zone_count
  egress             = var.egress
  egress_zone_count  = var.egress_zone_count
  flow_logs          = var.flow_logs
  log_retention_days = var.log_retention_days
  tags               = local.tags

  gateway_endpoint_policies   = local.gateway_endpoint_policies
  interface_endpoint_policies = local.interface_endpoint_policies
}

locals {
  own_network = one(module.network)
  vpc_only    = local.own_network != null && var.egress == "endpoints"

  task_network = local.own_network == null ? {
    vpc_id                = try(var.existing_network.vpc_id, null)
    subnet_ids            = try(var.existing_network.subnet_ids, [])
    assign_public_ip      = try(var.existing_network.assign_public_ip, false)
    https_cidr_blocks     = { internet = "0.0.0.0/0" }
    https_prefix_list_ids = {}
    } : {
    vpc_id                = local.own_network.vpc_id
    subnet_ids            = var.egress == "public" ? local.own_network.public_subnet_ids : local.own_network.private_subnet_ids
    assign_public_ip      = var.egress == "public"
    https_cidr_blocks     = local.vpc_only ? { VPC = local.own_network.vpc_cidr_block } : { internet = "0.0.0.0/0" }
    https_prefix_list_ids = local.vpc_only ? local.own_network.gateway_prefix_list_ids : {}
  }

  # The keys must be known before the first apply, so they are numbers and not subnet ids.
  task_subnet_count = !local.has_tasks ? 0 : var.existing_network == null ? var.zone_count : length(var.existing_network.subnet_ids)
  task_subnets      = { for index in range(local.task_subnet_count) : tostring(index) => local.task_network.subnet_ids[index] }

  # The task that downloads models needs the internet, which workers may not reach. It runs in a public subnet.
  models_fetch_network = local.own_network == null ? {
    subnet_ids       = try(coalesce(var.existing_network.models_subnet_ids, var.existing_network.subnet_ids), [])
    assign_public_ip = try(var.existing_network.assign_public_ip, false)
    } : {
    subnet_ids       = local.own_network.public_subnet_ids
    assign_public_ip = true
  }
}

# ---------------------------------------------------------------- workers

module "cluster" {
  source = "./modules/cluster"

  name                 = var.name
  account_id           = local.account_id
  region               = local.region
  partition            = local.partition
  compute              = var.compute
  architecture         = var.worker_architecture
  instance_type        = coalesce(var.instance_type, var.worker_architecture == "ARM64" ? "m7g.xlarge" : local.gentle ? "r7i.xlarge" : "m7i.xlarge")
  instance_storage_gib = var.worker_storage_gib + 30 # plus the system and the image
  max_instances        = var.max_workers * 2         # a rollout starts new tasks beside the old ones

  instance_security_group_ids = [for models in module.models : models.volume.clients_security_group_id]

  vpc_id              = local.task_network.vpc_id
  subnet_ids          = local.task_network.subnet_ids
  lambda_pulls_images = local.has_align_function
  log_retention_days  = var.log_retention_days
  deletion_protection = var.deletion_protection
  tags                = local.tags
}

locals {
  # A task definition must name an image before the first push. This tag does not exist.
  placeholder_image = "${module.cluster.repository_url}:none-pushed-yet"
}

module "models" {
  source = "./modules/models"
  count  = local.has_tasks && var.models_on_efs ? 1 : 0

  name             = var.name
  vpc_id           = local.task_network.vpc_id
  subnets          = local.task_subnets
  models           = concat(compact([var.translation_model, local.speech_model]), var.enrichment_models)
  fetch_memory_mib = var.translation_model == "m2m100-418m" ? 16384 : 30720
  user_id          = local.image_user_id
  tags             = local.tags

  task = {
    account_id         = local.account_id
    region             = local.region
    image              = coalesce(var.models_image, local.placeholder_image)
    architecture       = var.worker_architecture
    execution_role_arn = module.cluster.execution_role_arn
    log_group_name     = module.cluster.log_group_name
    models_path        = local.models_path
  }
}

locals {
  # What the workers and the translation servers share: modules/ecs_service makes both.
  service_platform = {
    account_id           = local.account_id
    region               = local.region
    cluster_name         = module.cluster.cluster_name
    execution_role_arn   = module.cluster.execution_role_arn
    log_group_name       = module.cluster.log_group_name
    image                = var.worker_image
    placeholder_image    = local.placeholder_image
    architecture         = var.worker_architecture
    stop_timeout_seconds = local.stop_timeout_seconds
    models_path          = local.models_path
    models_volume        = one(module.models[*].volume)
    network              = local.task_network
  }
}

locals {
  gentle = var.gentle || var.default_engine == "gentle"

  # Each of a worker's processes can run a k3, which loads the whole model. Fargate offers steps of 4 GiB with 8 vCPU and
  # of 8 GiB with 16, and at most 4 GiB with half a vCPU.
  gentle_memory_mib = {
    "512"   = 4096
    "1024"  = 6144
    "2048"  = 10240
    "4096"  = 18432
    "8192"  = 36864
    "16384" = 73728
  }
  default_worker_memory_mib = local.gentle ? lookup(local.gentle_memory_mib, tostring(var.worker_cpu), 18432) : 8192
}

module "workers" {
  source = "./modules/ecs_service"
  count  = local.has_workers ? 1 : 0

  name              = "${var.name}-worker"
  platform          = local.service_platform
  capacity_provider = module.cluster.capacity_provider
  on_ec2            = var.compute == "ec2"
  container = {
    name           = "worker"
    command        = ["syncline", "worker"]
    health_command = ["python3", "-P", "-m", "worker.liveness"]
  }
  cpu                        = var.worker_cpu
  memory_mib                 = coalesce(var.worker_memory_mib, local.default_worker_memory_mib)
  ephemeral_storage_gib      = var.worker_storage_gib
  environment                = merge(local.process_environment, local.worker_environment)
  statements                 = local.worker_statements
  security_group_description = "Workers: no inbound connections"
  min_tasks                  = var.min_workers
  max_tasks                  = var.max_workers
  tags                       = local.tags
}

module "worker_scaling" {
  source = "./modules/worker_scaling"
  count  = local.has_workers ? 1 : 0

  name = var.name
  service = {
    name           = module.workers[0].service_name
    cluster_name   = module.cluster.cluster_name
    scaling_target = module.workers[0].scaling_target
  }
  queue_names             = { for name, queue in module.work_queue : name => queue.queue_name }
  reception_function_name = module.reception.function_name
  backlog_per_task        = var.backlog_per_worker
  tags                    = local.tags
}

# ---------------------------------------------------------------- translation service

module "translate_server" {
  source = "./modules/ecs_service"
  count  = var.translate_server == null ? 0 : 1

  name              = "${var.name}-translate"
  platform          = local.service_platform
  capacity_provider = "FARGATE"
  container = {
    name    = "translate"
    command = ["syncline", "translate-server", "--host", "0.0.0.0", "--port", tostring(local.translate_port)]
    port    = local.translate_port
  }
  cpu                        = var.translate_server.cpu
  memory_mib                 = var.translate_server.memory_mib
  environment                = local.translate_environment
  statements                 = local.read_models
  security_group_description = "Translation servers"
  min_tasks                  = var.translate_server.min_tasks
  max_tasks                  = var.translate_server.max_tasks
  tags                       = local.tags

  load_balancer = {
    target_group_arn = module.translate_balancer[0].target_group_arn
    grace_seconds    = 120 # loading the model
  }
}

module "translate_balancer" {
  source = "./modules/translate_balancer"
  count  = var.translate_server == null ? 0 : 1

  name                     = "${var.name}-translate"
  vpc_id                   = local.task_network.vpc_id
  subnet_ids               = local.task_network.subnet_ids
  client_cidr_blocks       = var.translate_server.client_cidr_blocks != null ? var.translate_server.client_cidr_blocks : [local.own_network.vpc_cidr_block]
  certificate_arn          = var.translate_server.certificate_arn
  server_security_group_id = module.translate_server[0].security_group_id
  port                     = local.translate_port
  scaling_target           = module.translate_server[0].scaling_target
  deletion_protection      = var.deletion_protection
  tags                     = local.tags
}

# ---------------------------------------------------------------- alarms

module "observability" {
  source = "./modules/observability"

  name       = var.name
  account_id = local.account_id
  region     = local.region
  queue_names = {
    ingest = module.ingest_queue.queue_name
    live   = module.work_queue["live"].queue_name
    bulk   = module.work_queue["bulk"].queue_name
  }
  dead_letter_queue_names = merge(
    {
      ingest = module.ingest_queue.dead_letter_queue_name
      live   = module.work_queue["live"].dead_letter_queue_name
      bulk   = module.work_queue["bulk"].dead_letter_queue_name
    },
    { for queue in aws_sqs_queue.webhook_dead_letters : "webhooks" => queue.name },
  )
  function_names = merge(
    {
      reception    = module.reception.function_name
      status       = module.status.function_name
      dead_letters = module.dead_letters.function_name
    },
    { for align in module.align : "align" => align.function_name },
  )
  table_name              = module.jobs_table.table_name
  cluster_name            = module.cluster.cluster_name
  service_name            = one(module.workers[*].service_name)
  worker_log_group_name   = module.cluster.log_group_name
  worker_metrics          = { namespace = local.metric_namespace, service = local.metric_service }
  live_wait_alarm_seconds = var.jobs_waiting_alarm_seconds
  alarm_emails            = var.alarm_emails
  monthly_budget_usd      = var.monthly_budget_usd
  tags                    = local.tags
}
