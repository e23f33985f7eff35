# See moved.tf in the root module.

moved {
  from = aws_appautoscaling_target.workers
  to   = aws_appautoscaling_target.this
}

moved {
  from = aws_iam_role_policy.this
  to   = aws_iam_role_policy.this[0]
}

moved {
  from = aws_security_group.server
  to   = aws_security_group.this
}
