# The status URL and its callers: requests signed with IAM credentials (iam), or with the bearer token (token).

resource "aws_lambda_function_url" "status" {
  #checkov:skip=CKV_AWS_258:NONE only with status_auth = token: the function then requires the bearer token.
  function_name      = module.status.function_name
  authorization_type = var.status_auth == "iam" ? "AWS_IAM" : "NONE"

  dynamic "cors" {
    for_each = length(var.allowed_origins) > 0 ? [var.allowed_origins] : []

    content {
      allow_origins = cors.value
      allow_methods = ["DELETE", "GET", "POST", "PUT"]
      allow_headers = ["authorization", "content-type", "if-match", "if-none-match"]
      max_age       = 3600
    }
  }
}

locals {
  # Browsers do not sign requests, so the pages exist only with status_auth = token.
  page_origins = var.status_auth == "token" ? [trimsuffix(aws_lambda_function_url.status.function_url, "/")] : []
}

module "token" {
  source = "./modules/token"
  count  = var.status_auth == "token" ? 1 : 0

  name                = "${var.name}-token"
  kms_key_arn         = local.kms_key_arn
  deletion_protection = var.deletion_protection
  tags                = local.tags
}

resource "aws_lambda_permission" "public_url" {
  #checkov:skip=CKV_AWS_301:The URL is public; without the token the function answers 401.
  #checkov:skip=CKV_AWS_364:A URL has no source ARN.
  count = var.status_auth == "token" ? 1 : 0

  statement_id           = "AnybodyMayCallTheUrl"
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = module.status.function_name
  principal              = "*"
  function_url_auth_type = "NONE"
}

# The second permission that a URL needs since October 2025: to invoke the function, but only through its URL.
# aws_lambda_permission supports this from provider 6.29 on; CloudFormation supports it with every allowed version.
resource "aws_cloudformation_stack" "public_invoke_through_url" {
  #checkov:skip=CKV_AWS_124:It contains one permission; its events need no topic.
  count = var.status_auth == "token" ? 1 : 0

  name = "${var.name}-status-url"

  template_body = jsonencode({
    AWSTemplateFormatVersion = "2010-09-09"
    Description              = "Allows invoking Syncline's status function only through its URL"
    Resources = {
      Permission = {
        Type = "AWS::Lambda::Permission"
        Properties = {
          Action                = "lambda:InvokeFunction"
          FunctionName          = module.status.function_arn
          Principal             = "*"
          InvokedViaFunctionUrl = true
        }
      }
    }
  })

  tags = local.tags
}
