variable "name" {
  description = "Name of the cluster, and prefix of everything else made here."
  type        = string
}

variable "account_id" {
  description = "Account, for ARNs."
  type        = string
}

variable "region" {
  description = "Region, for ARNs and log settings."
  type        = string
}

variable "partition" {
  description = "aws, aws-cn or aws-us-gov."
  type        = string
}

variable "compute" {
  description = "fargate, spot or ec2."
  type        = string
}

variable "architecture" {
  description = "X86_64 or ARM64: what the worker image was built for."
  type        = string
}

variable "instance_type" {
  description = "EC2 instance type; only with compute = ec2."
  type        = string
}

variable "instance_storage_gib" {
  description = "Size of each instance's disk; only with compute = ec2."
  type        = number
}

variable "max_instances" {
  description = "How many instances there may be; only with compute = ec2."
  type        = number
}

variable "subnet_ids" {
  description = "Subnets of the instances; only with compute = ec2."
  type        = list(string)
}

variable "vpc_id" {
  description = "VPC of the instances; only with compute = ec2."
  type        = string
}

variable "instance_security_group_ids" {
  description = "Further security groups of the instances: on EC2 the instance mounts the models, not the task."
  type        = list(string)
}

variable "lambda_pulls_images" {
  description = "Whether a Lambda function uses an image of the repository."
  type        = bool
}

variable "log_retention_days" {
  description = "Days until log lines are deleted."
  type        = number
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to destroy a repository with images."
  type        = bool
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
}
