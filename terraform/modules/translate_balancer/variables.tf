variable "name" {
  description = "Prefix of the names of every resource."
  type        = string
}

variable "vpc_id" {
  description = "VPC of the load balancer."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the load balancer."
  type        = list(string)
}

variable "client_cidr_blocks" {
  description = "Addresses that may ask for translations."
  type        = list(string)
}

variable "certificate_arn" {
  description = "Certificate of the load balancer; null for plain HTTP inside the VPC."
  type        = string
}

variable "server_security_group_id" {
  description = "Security group of the translation servers."
  type        = string
}

variable "port" {
  description = "Port that the translation servers listen on."
  type        = number
}

variable "scaling_target" {
  description = "The scaling target that modules/ecs_service made."
  type = object({
    service_namespace  = string
    scalable_dimension = string
    resource_id        = string
  })
}

variable "deletion_protection" {
  description = "Whether the load balancer refuses to be deleted."
  type        = bool
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
}
