# The IAM statements of each role, composed from named parts. No part has a “*” action, and none has a resource wider
# than a prefix of this deployment.

locals {
  bucket_arn  = module.bucket.bucket_arn
  uploads_arn = "${local.bucket_arn}/${local.uploads_prefix}*"
  results_arn = "${local.bucket_arn}/${local.results_prefix}*"
  records_arn = "${local.bucket_arn}/${local.results_prefix}*/${local.record_name}"
  table_arns  = concat([module.jobs_table.table_arn], module.jobs_table.table_index_arns)

  # Without permission to list, S3 answers 403 instead of 404 for a missing key, and missing keys are normal here. A
  # condition on the prefix would bring the 403 back, because a request for one object names no prefix.
  list_bucket = {
    Sid      = "ListBucket"
    Effect   = "Allow"
    Action   = "s3:ListBucket"
    Resource = local.bucket_arn
  }

  read_uploads = {
    Sid      = "ReadUploads"
    Effect   = "Allow"
    Action   = "s3:GetObject"
    Resource = local.uploads_arn
  }

  # A conditional write needs both actions.
  write_final_records = {
    Sid      = "WriteFinalRecords"
    Effect   = "Allow"
    Action   = ["s3:GetObject", "s3:PutObject"]
    Resource = local.records_arn
  }

  write_results = {
    Sid      = "WriteResults"
    Effect   = "Allow"
    Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    Resource = local.results_arn
  }

  # Of a deleted job.
  delete_results = {
    Sid      = "DeleteResults"
    Effect   = "Allow"
    Action   = "s3:DeleteObject"
    Resource = local.results_arn
  }

  # Only on request: DELETE /jobs/{job_id}?uploads=true, syncline delete --uploads.
  delete_uploads = {
    Sid      = "DeleteUploads"
    Effect   = "Allow"
    Action   = "s3:DeleteObject"
    Resource = local.uploads_arn
  }

  # A presigned link has the permissions of the role that signed it. read_uploads allows links to recordings.
  sign_links = [
    {
      Sid      = "SignDownloads"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = local.results_arn
    },
    {
      # Uploads go through presigned forms and corrections through presigned requests, whose signatures fix key and
      # size. The role cannot write directly.
      Sid       = "SignUploads"
      Effect    = "Allow"
      Action    = "s3:PutObject"
      Resource  = local.uploads_arn
      Condition = { StringEquals = { "s3:authType" = ["POST", "REST-QUERY-STRING"] } }
    },
  ]

  read_archives = length(var.archives) == 0 ? [] : [
    {
      Sid      = "ReadArchives"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = [for archive in var.archives : "arn:${local.partition}:s3:::${archive.bucket}/${archive.prefix}*"]
    },
    {
      Sid      = "ListArchives"
      Effect   = "Allow"
      Action   = "s3:ListBucket"
      Resource = distinct([for archive in var.archives : "arn:${local.partition}:s3:::${archive.bucket}"])
    },
  ]

  read_write_records = {
    Sid      = "ReadAndWriteRecords"
    Effect   = "Allow"
    Action   = ["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
    Resource = local.table_arns
  }

  queue_jobs = {
    Sid      = "QueueJobs"
    Effect   = "Allow"
    Action   = "sqs:SendMessage"
    Resource = values(module.work_queue)[*].queue_arn
  }

  # A message that cannot be read names no job. It goes to the dead-letter queue of ingest, which has an alarm.
  park_unreadable = {
    Sid      = "ParkUnreadable"
    Effect   = "Allow"
    Action   = "sqs:SendMessage"
    Resource = module.ingest_queue.dead_letter_queue_arn
  }

  # The worker reads the redrive policy: only with one may it leave an unrecognised message to SQS.
  receive_jobs = {
    Sid      = "ReceiveJobs"
    Effect   = "Allow"
    Action   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    Resource = values(module.work_queue)[*].queue_arn
  }

  publish_events = var.event_bus == null ? [] : [{
    Sid       = "PublishEvents"
    Effect    = "Allow"
    Action    = "events:PutEvents"
    Resource  = "arn:${local.partition}:events:${local.region}:${local.account_id}:event-bus/${var.event_bus}"
    Condition = { StringEquals = { "events:source" = local.event_source } }
  }]

  read_token = var.status_auth == "token" ? [{
    Sid      = "ReadToken"
    Effect   = "Allow"
    Action   = "secretsmanager:GetSecretValue"
    Resource = module.token[0].secret_arn
  }] : []

  # While a job runs, the worker asks ECS not to stop its task.
  protect_own_task = {
    Sid      = "ProtectOwnTask"
    Effect   = "Allow"
    Action   = ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"]
    Resource = "arn:${local.partition}:ecs:${local.region}:${local.account_id}:task/${var.name}/*" # the cluster is named like the deployment
  }

  read_models = [for models in module.models : {
    Sid       = "ReadModels"
    Effect    = "Allow"
    Action    = "elasticfilesystem:ClientMount"
    Resource  = models.file_system_arn
    Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = models.access_point_arn } }
  }]

  # Callers of S3, SQS, DynamoDB and Secrets Manager also need the key. AWS's own keys need no permission.
  use_key = var.kms_key == null ? [] : [{
    Sid      = "UseKey"
    Effect   = "Allow"
    Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
    Resource = var.kms_key.arn
  }]

  # A function URL needs both permissions since October 2025. The second is valid only through the URL.
  call_status_url = [
    {
      Sid       = "CallStatusUrl"
      Effect    = "Allow"
      Action    = "lambda:InvokeFunctionUrl"
      Resource  = module.status.function_arn
      Condition = { StringEquals = { "lambda:FunctionUrlAuthType" = "AWS_IAM" } }
    },
    {
      Sid       = "InvokeThroughStatusUrl"
      Effect    = "Allow"
      Action    = "lambda:InvokeFunction"
      Resource  = module.status.function_arn
      Condition = { Bool = { "lambda:InvokedViaFunctionUrl" = "true" } }
    },
  ]

  # ---- roles

  reception_statements = concat(
    [local.list_bucket, local.read_uploads, local.write_final_records, local.read_write_records, local.queue_jobs],
    local.publish_events,
    local.use_key,
  )

  # POST /jobs/{job_id}/retry does what the reception does, for archived recordings too.
  status_statements = concat(
    [
      local.list_bucket, local.read_uploads, local.write_final_records, local.delete_results, local.delete_uploads,
      local.read_write_records, local.queue_jobs,
    ],
    local.read_archives,
    local.sign_links,
    local.read_token,
    local.publish_events,
    local.use_key,
  )

  dead_letters_statements = concat(
    [local.list_bucket, local.write_final_records, local.read_write_records, local.park_unreadable],
    local.publish_events,
    local.use_key,
  )

  worker_statements = concat(
    [local.list_bucket, local.read_uploads, local.write_results, local.read_write_records, local.receive_jobs, local.protect_own_task],
    local.read_archives,
    local.read_models,
    local.publish_events,
    local.use_key,
  )

  # What a worker does, without ECS and without translation.
  align_statements = concat(
    [local.list_bucket, local.read_uploads, local.write_results, local.read_write_records, local.receive_jobs],
    local.read_archives,
    local.publish_events,
    local.use_key,
  )

  # Users of the command line: submit, status, jobs, retry, delete, backfill, dead-letters, doctor.
  operator_statements = concat(
    [
      local.list_bucket, local.write_final_records, local.delete_results, local.delete_uploads, local.read_write_records,
      local.queue_jobs,
      {
        Sid      = "ReadAndUpload"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = local.uploads_arn
      },
      {
        Sid      = "ReadResults"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = local.results_arn
      },
      {
        Sid    = "DescribeBucketAndTable"
        Effect = "Allow"
        Action = ["dynamodb:DescribeTable", "s3:GetBucketNotification"]
        Resource = [
          local.bucket_arn, module.jobs_table.table_arn
        ]
      },
      {
        Sid    = "DescribeQueues"
        Effect = "Allow"
        Action = "sqs:GetQueueAttributes"
        Resource = [
          module.ingest_queue.queue_arn, module.ingest_queue.dead_letter_queue_arn,
          module.work_queue["live"].queue_arn, module.work_queue["live"].dead_letter_queue_arn,
          module.work_queue["bulk"].queue_arn, module.work_queue["bulk"].dead_letter_queue_arn,
        ]
      },
      {
        Sid    = "ReadAndRedriveDeadLetters"
        Effect = "Allow"
        Action = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"]
        Resource = [
          module.ingest_queue.dead_letter_queue_arn, module.work_queue["live"].dead_letter_queue_arn,
          module.work_queue["bulk"].dead_letter_queue_arn,
        ]
      },
      {
        Sid      = "RedriveEvents"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = module.ingest_queue.queue_arn
      },
    ],
    local.read_archives,
    local.read_token,
    local.publish_events,
    local.use_key,
    var.status_auth == "iam" ? local.call_status_url : [],
  )
}

resource "aws_iam_policy" "operator" {
  name        = "${var.name}-operator"
  description = "What syncline's command line needs. Attach it to the roles, groups or users that may."

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.operator_statements
  })

  tags = local.tags
}
