# The smallest deployment: every default, and no worker while there is no work.
# From the repository: make zip && cd terraform/examples/minimal && terraform init && terraform apply

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

module "syncline" {
  source = "../.."

  name = "syncline"
}

output "bucket_name" {
  description = "The bucket. Recordings go under uploads/."
  value       = module.syncline.bucket_name
}

output "repository_url" {
  description = "Where to push the worker image."
  value       = module.syncline.repository_url
}

output "exports" {
  description = "Settings for the command line: eval \"$(terraform output -raw exports)\"."
  value       = module.syncline.exports
}
