# A production deployment: state in S3, workers on Spot in the company's own VPC, Japanese and French captions for every
# job, an archive to backfill, and e-mails for alarms.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }

  # Uncomment, and name your bucket. use_lockfile prevents two applies at once.
  # backend "s3" {
  #   bucket       = "example-terraform-state"
  #   key          = "syncline/terraform.tfstate"
  #   region       = "eu-west-1"
  #   use_lockfile = true
  # }
}

provider "aws" {
  region = "eu-west-1"
}

variable "worker_image" {
  description = "Image of the worker by digest, as `docker push` printed it."
  type        = string
  default     = null
}

variable "models_image" {
  description = "Image of the task that installs the translation model, by digest."
  type        = string
  default     = null
}

variable "vpc_id" {
  description = "The company's VPC."
  type        = string
  default     = "vpc-0123456789abcdef0"
}

variable "subnet_ids" {
  description = "Private subnets with a NAT gateway, one per availability zone."
  type        = list(string)
  default     = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
}

module "syncline" {
  source = "../.."

  name         = "captions"
  tags         = { team = "localisation" }
  worker_image = var.worker_image
  models_image = var.models_image

  existing_network = {
    vpc_id     = var.vpc_id
    subnet_ids = var.subnet_ids
  }

  compute            = "spot"
  min_workers        = 1
  max_workers        = 40
  backlog_per_worker = 6

  default_translate_to = ["ja", "fr"]
  archives             = [{ bucket = "example-recordings", prefix = "lectures/" }]
  translate_server     = { client_cidr_blocks = ["10.0.0.0/8"] }

  status_auth        = "token"
  log_retention_days = 90
  alarm_emails       = ["on-call@example.org"]
  job_emails         = ["captions@example.org"]
  monthly_budget_usd = 500
}

output "bucket_name" {
  description = "The bucket. Recordings go under uploads/."
  value       = module.syncline.bucket_name
}

output "status_url" {
  description = "Address of the status URL."
  value       = module.syncline.status_url
}

output "repository_url" {
  description = "Where to push the worker image."
  value       = module.syncline.repository_url
}

output "models_fetch_command" {
  description = "Command that installs the translation model."
  value       = module.syncline.models_fetch_command
}

output "exports" {
  description = "Settings for the command line: eval \"$(terraform output -raw exports)\"."
  value       = module.syncline.exports
}
