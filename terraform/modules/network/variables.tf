variable "name" {
  description = "Prefix of the names of everything made here."
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
  description = "In how many availability zones tasks may run."
  type        = number
}

variable "egress" {
  description = "How tasks reach AWS: endpoints, nat or public."
  type        = string
}

variable "egress_zone_count" {
  description = "In how many zones endpoints or NAT gateways stand."
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
  description = "Whether refused connections are recorded."
  type        = bool
}

variable "tags" {
  description = "Tags of everything made here."
  type        = map(string)
}
