output "url" {
  description = "Address of the service inside the VPC."
  value       = "${var.certificate_arn == null ? "http" : "https"}://${aws_lb.this.dns_name}"
}

output "target_group_arn" {
  description = "Target group of the servers. It has a load balancer by then: ECS refuses a target group without one."
  value       = aws_lb_target_group.this.arn
  depends_on  = [aws_lb_listener.this]
}
