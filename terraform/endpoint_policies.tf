# Policies of the VPC endpoints. An endpoint allows what the roles of the tasks behind it allow, and nothing else: code in
# a task cannot use other credentials to send data to another account.

locals {
  s3_endpoint_statements = concat(
    [local.list_bucket, local.read_uploads, local.write_results],
    local.read_archives,
    [{
      # ECR serves the layers of images from this bucket of AWS.
      Sid      = "PullImageLayers"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "arn:${local.partition}:s3:::prod-${local.region}-starport-layer-bucket/*"
    }],
  )

  ecs_endpoint_statements = concat(try(module.cluster.policies.instance.Statement, []), [local.protect_own_task])

  gateway_endpoint_policies = {
    for service, statements in {
      s3       = local.s3_endpoint_statements
      dynamodb = [local.read_write_records]
    } : service => jsonencode({ Version = "2012-10-17", Statement = [for item in statements : merge(item, { Principal = "*" })] })
  }

  interface_endpoint_policies = {
    for service, statements in merge(
      {
        "ecr.api" = local.execution_statements
        "ecr.dkr" = local.execution_statements
        logs      = local.execution_statements
        sqs       = [local.receive_jobs]
      },
      var.event_bus == null ? {} : { events = local.publish_events },
      var.compute != "ec2" ? {} : {
        ecs             = local.ecs_endpoint_statements
        "ecs-agent"     = local.ecs_endpoint_statements
        "ecs-telemetry" = local.ecs_endpoint_statements
      },
    ) : service => jsonencode({ Version = "2012-10-17", Statement = [for item in statements : merge(item, { Principal = "*" })] })
  }

  execution_statements = module.cluster.policies.execution.Statement
}
