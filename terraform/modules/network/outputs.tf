output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "vpc_cidr_block" {
  description = "Addresses of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "private_subnet_ids" {
  description = "Subnets without a route from the internet, one per zone."
  value       = [for zone in local.zones : aws_subnet.private[zone].id]
}

output "public_subnet_ids" {
  description = "Subnets with a route to the internet, one per zone."
  value       = [for zone in local.zones : aws_subnet.public[zone].id]

  # A task that starts before its route exists cannot pull its image.
  depends_on = [aws_route.internet, aws_route_table_association.public]
}

output "gateway_prefix_list_ids" {
  description = "Address lists of the services behind gateway endpoints, for security groups."
  value       = { for service, endpoint in aws_vpc_endpoint.gateway : service => endpoint.prefix_list_id }
}

output "endpoint_services" {
  description = "Services with an interface endpoint; each costs by the hour and zone."
  value       = toset(keys(aws_vpc_endpoint.interface))
}

output "flow_log_trust" {
  description = "Trust policy of the role that writes the flow log, for tests and reviews; null without one."
  value       = one(aws_iam_role.flow[*].assume_role_policy)
}

output "nat_gateway_count" {
  description = "Number of NAT gateways; each costs by the hour."
  value       = length(aws_nat_gateway.this)
}
