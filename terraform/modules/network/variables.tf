variable "name" {
  description = "Prefix of the names of every resource."
  type        = string
}

variable "account_id" {
  description = "Account whose flow logs may assume the role that writes them."
  type        = string
}

variable "region" {
  description = "Region, for the names of the endpoints."
  type        = string
}

variable "cidr_block" {
  description = "Addresses of the VPC."
  type        = string
}

variable "zone_count" {
  description = "Number of availability zones that tasks may run in."
  type        = number
}

variable "egress" {
  description = "How tasks reach AWS: endpoints, nat or public."
  type        = string
}

variable "egress_zone_count" {
  description = "Number of zones that have endpoints or a NAT gateway."
  type        = number
}

variable "gateway_endpoint_policies" {
  description = "Policies of the gateway endpoints, by service: s3 and dynamodb."
  type        = map(string)
}

variable "interface_endpoint_policies" {
  description = "Policies of the interface endpoints, by service; used only with egress = endpoints."
  type        = map(string)
}

variable "log_retention_days" {
  description = "Days until flow log records are deleted."
  type        = number
}

variable "flow_logs" {
  description = "Whether the VPC records refused connections."
  type        = bool
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
}
