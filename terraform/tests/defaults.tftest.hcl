# The deployment with only the name set.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name          = "syncline"
  functions_zip = "versions.tf" # any file: the mocked provider uploads nothing
}

run "names_are_those_of_the_local_stack" {
  command = plan

  assert {
    condition = [
      output.environment.SYNCLINE_TABLE, module.ingest_queue.queue_name, module.work_queue["live"].queue_name,
      module.work_queue["bulk"].queue_name, module.work_queue["live"].dead_letter_queue_name,
    ] == ["syncline-jobs", "syncline-ingest", "syncline-live", "syncline-bulk", "syncline-live-dead-letters"]
    error_message = "The names differ from syncline/local/provision.py."
  }

  assert {
    condition     = output.bucket_name == "syncline-123456789012-eu-west-1"
    error_message = "The bucket's name must contain account and region: bucket names are unique worldwide."
  }
}

run "nothing_runs_before_an_image_was_pushed" {
  command = plan

  assert {
    condition     = module.workers[0].scaling_target.min_tasks == 0 && module.workers[0].scaling_target.max_tasks == 0
    error_message = "Without an image every task would fail to start."
  }

  assert {
    condition     = endswith(module.workers[0].container.image, ":none-pushed-yet")
    error_message = "The task definition must name the placeholder image."
  }
}

run "workers_follow_the_backlog_once_there_is_an_image" {
  command = plan

  variables {
    worker_image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/syncline@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  }

  assert {
    condition     = module.workers[0].scaling_target.min_tasks == 0 && module.workers[0].scaling_target.max_tasks == 10
    error_message = "From none to max_workers."
  }

  assert {
    condition     = module.workers[0].container.readonlyRootFilesystem && module.workers[0].container.stopTimeout == 120
    error_message = "Read-only root, and the longest stop timeout."
  }

  assert {
    condition     = one([for mount in module.workers[0].container.mountPoints : mount.readOnly if mount.sourceVolume == "models"])
    error_message = "Workers only read the models."
  }

  assert {
    condition     = module.models[0].fetch_container.command == ["syncline", "models", "fetch", "m2m100-418m"] && !contains(keys(local.worker_environment), "SYNCLINE_SPEECH_MODEL")
    error_message = "No speech model unless one is chosen."
  }
}

run "nothing_expires_but_the_markers_of_deleted_jobs" {
  command = plan

  assert {
    condition     = !contains(keys(output.environment), "SYNCLINE_KEEP_DAYS") && module.jobs_table.ttl == "expires_at"
    error_message = "Records stay, and the table deletes items whose time has come."
  }

  assert {
    condition     = toset([for rule in module.bucket.lifecycle_rules : rule.id]) == toset(["unfinished-uploads", "old-versions"])
    error_message = "S3 deletes no recording and no result."
  }
}

run "the_status_url_asks_for_signed_requests" {
  command = plan

  assert {
    condition     = length(module.bucket.cors_rules) == 0
    error_message = "No web page may read the bucket."
  }

  assert {
    condition     = aws_lambda_function_url.status.authorization_type == "AWS_IAM" && length(aws_lambda_permission.public_url) == 0
    error_message = "Only requests signed with AWS credentials."
  }

  assert {
    condition     = length(module.token) == 0 && output.token_secret_arn == null
    error_message = "There must be no token."
  }

  assert {
    condition = toset([
      for statement in jsondecode(aws_iam_policy.operator.policy).Statement : statement.Action
      if try(startswith(statement.Action, "lambda:"), false)
    ]) == toset(["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"])
    error_message = "A URL needs both permissions."
  }
}

run "no_role_may_do_everything_or_touch_everything" {
  command = plan

  variables {
    archives = [{ bucket = "archive", prefix = "talks/" }]
  }

  assert {
    condition = alltrue(flatten([
      for policy in output.policies : [
        for statement in policy.Statement : [
          for action in flatten([statement.Action]) : !strcontains(action, "*")
        ]
      ]
    ]))
    error_message = "No statement may have a “*” action."
  }

  assert {
    condition = alltrue(flatten([
      for policy in output.policies : [
        for statement in policy.Statement :
        !contains(flatten([statement.Resource]), "*") || statement.Action == "ecr:GetAuthorizationToken"
      ]
    ]))
    error_message = "“*” only where AWS allows no narrower resource."
  }

  assert {
    condition = alltrue([
      for statement in output.policies.reception.Statement :
      !strcontains(jsonencode(statement.Resource), "archive") && !strcontains(jsonencode(statement), "DeleteObject")
    ])
    error_message = "The reception neither reads archives nor deletes anything."
  }

  assert {
    condition     = strcontains(jsonencode(output.policies.worker), "arn:aws:s3:::archive/talks/*")
    error_message = "The worker reads archives, within their prefix."
  }
}

run "vpc_endpoints_allow_only_this_deployment" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for policy in merge(local.gateway_endpoint_policies, local.interface_endpoint_policies) : [
        for statement in jsondecode(policy).Statement : [
          statement.Principal == "*" && !strcontains(jsonencode(statement.Action), "*"),
          !contains(flatten([statement.Resource]), "*") || statement.Action == "ecr:GetAuthorizationToken",
        ]
      ]
    ]))
    error_message = "An endpoint policy must list actions and resources."
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(local.gateway_endpoint_policies.s3).Statement : split("/", flatten([statement.Resource])[0])[0]
    ])) == toset(["arn:aws:s3:::syncline-123456789012-eu-west-1", "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket"])
    error_message = "S3 is only the deployment's bucket and the layers of images."
  }

  assert {
    condition     = jsondecode(module.network[0].flow_log_trust).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "Only flow logs of this account may assume the role."
  }
}

run "the_status_role_uploads_only_through_forms" {
  command = plan

  assert {
    condition = [
      for statement in output.policies.status.Statement : statement.Condition
      if contains(flatten([statement.Action]), "s3:PutObject") && endswith(flatten([statement.Resource])[0], "/uploads/*")
    ] == [{ StringEquals = { "s3:authType" = ["POST", "REST-QUERY-STRING"] } }]
    error_message = "The status role may write uploads only through presigned forms."
  }
}

run "containers_have_no_capabilities" {
  command = plan

  assert {
    condition     = module.workers[0].container.linuxParameters.capabilities.drop == ["ALL"]
    error_message = "The workers must drop every capability."
  }
}
