# Resources that have another address since an earlier version. Without these blocks an upgrade would destroy and
# recreate them.

moved {
  from = module.workers
  to   = module.workers[0]
}

moved {
  from = module.workers[0].aws_appautoscaling_policy.backlog_per_task
  to   = module.worker_scaling[0].aws_appautoscaling_policy.backlog_per_task
}

moved {
  from = module.workers[0].aws_appautoscaling_policy.wake
  to   = module.worker_scaling[0].aws_appautoscaling_policy.wake
}

moved {
  from = module.workers[0].aws_cloudwatch_metric_alarm.work_and_nobody_there
  to   = module.worker_scaling[0].aws_cloudwatch_metric_alarm.work_without_workers
}

moved {
  from = module.translate_server[0].aws_lb.this
  to   = module.translate_balancer[0].aws_lb.this
}

moved {
  from = module.translate_server[0].aws_lb_target_group.this
  to   = module.translate_balancer[0].aws_lb_target_group.this
}

moved {
  from = module.translate_server[0].aws_lb_listener.this
  to   = module.translate_balancer[0].aws_lb_listener.this
}

moved {
  from = module.translate_server[0].aws_security_group.balancer
  to   = module.translate_balancer[0].aws_security_group.balancer
}

moved {
  from = module.translate_server[0].aws_vpc_security_group_ingress_rule.clients
  to   = module.translate_balancer[0].aws_vpc_security_group_ingress_rule.clients
}

moved {
  from = module.translate_server[0].aws_vpc_security_group_ingress_rule.from_balancer
  to   = module.translate_balancer[0].aws_vpc_security_group_ingress_rule.from_balancer
}

moved {
  from = module.translate_server[0].aws_vpc_security_group_egress_rule.to_server
  to   = module.translate_balancer[0].aws_vpc_security_group_egress_rule.to_server
}

moved {
  from = module.translate_server[0].aws_appautoscaling_policy.cpu
  to   = module.translate_balancer[0].aws_appautoscaling_policy.cpu
}

moved {
  from = aws_lambda_permission.anybody_by_url
  to   = aws_lambda_permission.public_url
}

moved {
  from = aws_cloudformation_stack.anybody_invokes_by_url
  to   = aws_cloudformation_stack.public_invoke_through_url
}

moved {
  from = module.live_queue
  to   = module.work_queue["live"]
}

moved {
  from = module.bulk_queue
  to   = module.work_queue["bulk"]
}
