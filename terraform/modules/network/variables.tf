variable "name" {
  description = "Prefix of the names of every resource."
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

variable "endpoint_services" {
  description = "AWS services that get an interface endpoint."
  type        = set(string)
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
