output "url" {
  description = "Address of the service inside the VPC."
  value       = "${var.certificate_arn == null ? "http" : "https"}://${aws_lb.this.dns_name}"
}
