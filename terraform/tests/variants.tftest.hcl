# Every choice that changes which resources exist.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name          = "syncline"
  functions_zip = "versions.tf" # any file: the mocked provider uploads nothing
  worker_image  = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/syncline:1.4.0"
  models_image  = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/syncline:1.4.0-model"
}

run "fargate_spot" {
  command = plan

  variables {
    compute = "spot"
  }

  assert {
    condition     = module.cluster.capacity_provider == "FARGATE_SPOT"
    error_message = "The workers must run on Spot."
  }
}

run "ec2" {
  command = plan

  variables {
    compute             = "ec2"
    worker_architecture = "ARM64"
  }

  assert {
    condition     = module.cluster.capacity_provider == "syncline-ec2"
    error_message = "The workers must run on the cluster's own instances."
  }

  assert {
    condition = alltrue(flatten([
      for statement in output.policies.instance.Statement : [
        !strcontains(jsonencode(statement.Action), "*"),
        !contains(flatten([statement.Resource]), "*") || statement.Action == "ecs:DiscoverPollEndpoint",
      ]
    ]))
    error_message = "Instances join this cluster and no other."
  }

  assert {
    condition     = contains(module.network[0].endpoint_services, "ecs-agent")
    error_message = "Instances without a route to the internet need the endpoints of ECS."
  }
}

run "endpoints_without_internet" {
  command = plan

  assert {
    condition     = local.task_network.https_cidr_blocks["VPC"] == "10.42.0.0/16" && length(local.task_network.https_prefix_list_ids) == 2
    error_message = "Workers may connect only to endpoints, S3 and DynamoDB."
  }

  assert {
    condition     = module.network[0].endpoint_services == toset(["ecr.api", "ecr.dkr", "events", "logs", "sqs"])
    error_message = "One endpoint for each service that workers use."
  }

  assert {
    condition     = strcontains(output.models_fetch_command, "assignPublicIp=ENABLED")
    error_message = "The task that downloads models needs a route to the internet."
  }
}

run "nat" {
  command = plan

  variables {
    egress            = "nat"
    egress_zone_count = 2
  }

  assert {
    condition     = module.network[0].nat_gateway_count == 2 && length(module.network[0].endpoint_services) == 0
    error_message = "A NAT gateway per zone that was asked for, and no interface endpoint."
  }
}

run "public_has_no_fixed_cost" {
  command = plan

  variables {
    egress = "public"
  }

  assert {
    condition     = module.network[0].nat_gateway_count == 0 && length(module.network[0].endpoint_services) == 0 && local.task_network.assign_public_ip
    error_message = "Neither NAT nor endpoints, and public addresses."
  }
}

run "existing_network" {
  command = plan

  variables {
    existing_network = {
      vpc_id     = "vpc-0123456789abcdef0"
      subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    }
  }

  assert {
    condition     = length(module.network) == 0 && local.task_network.vpc_id == "vpc-0123456789abcdef0" && length(local.task_subnets) == 2
    error_message = "No VPC is made; tasks and mount targets are in the given subnets."
  }
}

run "token" {
  command = plan

  variables {
    status_auth = "token"
  }

  assert {
    condition     = aws_lambda_function_url.status.authorization_type == "NONE"
    error_message = "The URL must be public."
  }

  assert {
    condition     = aws_lambda_permission.public_url[0].action == "lambda:InvokeFunctionUrl" && aws_lambda_permission.public_url[0].function_url_auth_type == "NONE"
    error_message = "The first permission."
  }

  assert {
    condition = jsondecode(aws_cloudformation_stack.public_invoke_through_url[0].template_body).Resources.Permission.Properties == {
      Action                = "lambda:InvokeFunction"
      FunctionName          = "arn:aws:lambda:eu-west-1:123456789012:function:function"
      InvokedViaFunctionUrl = true
      Principal             = "*"
    }
    error_message = "The second permission, only through the URL."
  }

  assert {
    condition     = local.token_environment.SYNCLINE_TOKEN_SECRET == output.token_secret_arn && strcontains(jsonencode(output.policies.status), "secretsmanager:GetSecretValue")
    error_message = "The status function must find and read the token."
  }

  assert {
    condition     = !strcontains(jsonencode(output.policies.worker), "secretsmanager") && !strcontains(jsonencode(output.policies.reception), "secretsmanager")
    error_message = "No other role may read it."
  }

  assert {
    condition     = length(module.bucket.cors_rules) == 1 && one(module.bucket.cors_rules).allowed_origins == toset(["https://abcdefghijklmnop.lambda-url.eu-west-1.on.aws"]) && one(module.bucket.cors_rules).allowed_methods == toset(["GET", "POST", "PUT"])
    error_message = "The pages may read, upload and correct, and nothing else."
  }
}

run "webhooks" {
  command = plan

  variables {
    archives = [{ bucket = "archive", prefix = "talks/" }]
    webhooks = {
      cms  = { url = "https://cms.example.org/syncline", auth = { header = "Authorization", value = "Bearer secret" } }
      chat = { url = "https://chat.example.org/hook", auth = { header = "X-Token", value = "secret" } }
    }
  }

  assert {
    condition = alltrue([
      for name in ["cms", "chat"] :
      nonsensitive(aws_cloudwatch_event_api_destination.webhook[name].invocation_endpoint == var.webhooks[name].url) &&
      nonsensitive(one(one(aws_cloudwatch_event_connection.webhook[name].auth_parameters).api_key).key == var.webhooks[name].auth.header)
    ])
    error_message = "Each webhook has its address and its header."
  }

  assert {
    condition = alltrue([
      for rule in aws_cloudwatch_event_rule.webhook : jsondecode(rule.event_pattern) == {
        source      = ["syncline"]
        detail-type = ["Syncline job ended", "Syncline job deleted"]
        detail      = { bucket = [module.bucket.bucket_name, "archive"] }
      }
    ])
    error_message = "A webhook gets the events of this deployment's jobs only."
  }

  assert {
    condition = alltrue([
      for target in aws_cloudwatch_event_target.webhook :
      one(target.retry_policy).maximum_event_age_in_seconds == 86400 && one(target.dead_letter_config).arn == aws_sqs_queue.webhook_dead_letters[0].arn
    ])
    error_message = "EventBridge must retry for a day, then keep the event."
  }

  assert {
    condition     = contains(output.alarm_names, "dead-letters-webhooks")
    error_message = "An alarm must watch the dead-letter queue."
  }

  assert {
    condition     = one(jsondecode(aws_iam_role_policy.webhooks[0].policy).Statement).Action == "events:InvokeApiDestination"
    error_message = "EventBridge may only post."
  }
}

run "no_webhooks" {
  command = plan

  assert {
    condition     = length(aws_cloudwatch_event_rule.webhook) == 0 && length(aws_iam_role.webhooks) == 0 && output.webhook_dead_letters == null
    error_message = "Without webhooks nothing is made for them."
  }
}

run "retention" {
  command = plan

  variables {
    keep_days            = 90
    keep_days_of_uploads = 30
  }

  assert {
    condition     = output.environment.SYNCLINE_KEEP_DAYS == "90"
    error_message = "Records must expire with the results."
  }

  assert {
    condition = {
      for rule in module.bucket.lifecycle_rules : one(rule.filter[*].prefix) => one(rule.expiration[*].days)
      if startswith(rule.id, "expire-")
    } == { "results/" = 90, "uploads/" = 30 }
    error_message = "S3 must delete each prefix after its own time."
  }
}

run "token_and_other_sites" {
  command = plan

  variables {
    status_auth     = "token"
    allowed_origins = ["https://example.org"]
  }

  assert {
    condition     = length(module.bucket.cors_rules) == 2 && anytrue([for rule in module.bucket.cors_rules : rule.allowed_origins == toset(["https://example.org"]) && contains(rule.allowed_methods, "POST")])
    error_message = "Sites that may upload have their own rule, beside that of the pages."
  }
}

run "speech_model_on_the_file_system" {
  command = plan

  variables {
    default_engine = "whisper"
  }

  assert {
    condition     = local.worker_environment["SYNCLINE_SPEECH_MODEL"] == "whisper-base.en" && local.process_environment["SYNCLINE_ENGINE"] == "whisper"
    error_message = "The engine whisper needs a speech model."
  }

  assert {
    condition     = module.models[0].fetch_container.command == ["syncline", "models", "fetch", "m2m100-418m", "whisper-base.en"]
    error_message = "The task installs both models."
  }
}

run "speech_model_for_single_jobs" {
  command = plan

  variables {
    speech_model = "whisper-small"
  }

  assert {
    condition     = local.worker_environment["SYNCLINE_SPEECH_MODEL"] == "whisper-small" && local.process_environment["SYNCLINE_ENGINE"] == "pocketsphinx"
    error_message = "The model does not change the default engine."
  }
}

run "model_inside_the_image" {
  command = plan

  variables {
    models_on_efs = false
  }

  assert {
    condition     = length(module.models) == 0 && !contains(keys(local.worker_environment), "SYNCLINE_MODELS") && output.models_fetch_command == null
    error_message = "No file system, and no SYNCLINE_MODELS."
  }

  assert {
    condition     = length(module.workers[0].container.mountPoints) == 1
    error_message = "Only scratch space is mounted."
  }
}

run "translation_service" {
  command = plan

  variables {
    translate_server = { certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-0000-0000-000000000000" }
  }

  assert {
    condition     = startswith(output.translate_url, "https://internal-")
    error_message = "HTTPS, inside the VPC."
  }
}

run "mails_and_budget" {
  command = plan

  variables {
    job_emails         = ["captions@example.org"]
    alarm_emails       = ["on-call@example.org", "manager@example.org"]
    monthly_budget_usd = 300
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.job_ended[0].event_pattern).detail.bucket == [output.bucket_name]
    error_message = "Only this deployment's jobs."
  }
}

run "no_event_bus" {
  command = plan

  variables {
    event_bus = null
  }

  assert {
    condition     = !contains(keys(output.environment), "SYNCLINE_EVENT_BUS") && !strcontains(jsonencode(output.policies), "events:PutEvents")
    error_message = "Nothing is published, and nothing may be."
  }

  assert {
    condition     = !contains(module.network[0].endpoint_services, "events")
    error_message = "No endpoint for a service that is not used."
  }
}

run "unprotected_for_a_teardown" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = output.bucket_name != ""
    error_message = "It must still be a deployment."
  }
}

run "gentle" {
  command = plan

  variables {
    gentle = true
  }

  assert {
    condition     = module.workers[0].memory_mib == 18432
    error_message = "A worker with Gentle needs 4 GiB per vCPU and 2 GiB for itself."
  }
}

run "gentle_as_the_default_engine_on_ec2" {
  command = plan

  variables {
    default_engine = "gentle"
    compute        = "ec2"
    egress         = "nat"
    worker_cpu     = 2048
  }

  assert {
    condition     = module.workers[0].memory_mib == 10240
    error_message = "The default engine must size the workers too."
  }
}

run "gentle_with_a_chosen_memory" {
  command = plan

  variables {
    gentle            = true
    worker_memory_mib = 8192
  }

  assert {
    condition     = module.workers[0].memory_mib == 8192
    error_message = "The chosen memory must win."
  }
}

run "defaults_for_every_job" {
  command = plan

  variables {
    default_engine       = "gentle"
    default_translate_to = ["ja", "fr"]
    max_audio_seconds    = 7200
    max_recording_bytes  = 10737418240
  }

  assert {
    condition = { for name in ["SYNCLINE_ENGINE", "SYNCLINE_TRANSLATE_TO", "SYNCLINE_MAX_AUDIO_SECONDS", "SYNCLINE_MAX_RECORDING_BYTES"] : name => local.process_environment[name] } == {
      SYNCLINE_ENGINE              = "gentle"
      SYNCLINE_TRANSLATE_TO        = "ja,fr"
      SYNCLINE_MAX_AUDIO_SECONDS   = "7200"
      SYNCLINE_MAX_RECORDING_BYTES = "10737418240"
    }
    error_message = "The reception and the workers must have these settings."
  }
}

run "customer_managed_key" {
  command = plan

  variables {
    kms_key     = { arn = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000" }
    status_auth = "token"
  }

  assert {
    condition = alltrue([
      for role in ["reception", "status", "dead_letters", "worker", "operator"] :
      anytrue([for statement in output.policies[role].Statement : try(statement.Resource == var.kms_key.arn, false)])
    ])
    error_message = "Every role that reads or writes data must be allowed to use the key."
  }

  assert {
    condition = [
      module.bucket.kms_key_arn, module.jobs_table.kms_key_arn, module.work_queue["live"].kms_key_arn, module.token[0].kms_key_arn,
    ] == [for _ in range(4) : var.kms_key.arn]
    error_message = "The bucket, the table, the queues and the token must use the key."
  }
}

run "access_logs_and_reserved_concurrency" {
  command = plan

  variables {
    access_log_bucket    = "example-access-logs"
    reserved_concurrency = { status = 5 }
  }

  assert {
    condition     = module.bucket.access_log_bucket == "example-access-logs"
    error_message = "The bucket must log to the named bucket."
  }

  assert {
    condition     = module.status.reserved_concurrency == 5 && module.reception.reserved_concurrency == -1
    error_message = "Only the status function reserves executions."
  }
}

run "lambda_aligner" {
  command = plan

  variables {
    aligner     = "lambda"
    align_image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/syncline:1.4.0-align"
  }

  assert {
    condition     = length(module.workers) == 0 && length(module.network) == 0 && length(module.models) == 0
    error_message = "Without tasks there must be no VPC, no file system and no service."
  }

  assert {
    condition     = module.work_queue["live"].visibility_timeout_seconds >= module.align[0].timeout_seconds && module.work_queue["bulk"].visibility_timeout_seconds >= module.align[0].timeout_seconds
    error_message = "Lambda refuses a mapping from a queue that hides messages for less than the function's timeout."
  }

  assert {
    condition     = module.align[0].sources == { live = 1, bulk = 1 }
    error_message = "The function must take one message at a time from both queues."
  }

  assert {
    condition     = local.process_environment.SYNCLINE_MAX_AUDIO_SECONDS == "7200"
    error_message = "The reception must refuse recordings that the function cannot align in time."
  }

  assert {
    condition     = contains(output.alarm_names, "function-errors-align")
    error_message = "Errors of the function must raise an alarm."
  }

  assert {
    condition     = !strcontains(jsonencode(output.policies.align), "ecs:") && !strcontains(jsonencode(output.policies.align), "elasticfilesystem:")
    error_message = "The function needs neither ECS nor models."
  }
}

run "lambda_aligner_before_an_image_was_pushed" {
  command = plan

  variables {
    aligner = "lambda"
  }

  assert {
    condition     = length(module.align) == 0
    error_message = "A function needs an image."
  }
}

run "both_aligners" {
  command = plan

  variables {
    aligner     = "both"
    align_image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/syncline:1.4.0-align"
  }

  assert {
    condition     = length(module.workers) == 1 && length(module.align) == 1
    error_message = "There must be workers and the function."
  }
}
