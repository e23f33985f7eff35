"""The worker program: Celery's consumer on SQS around `syncline.pipeline`, with a heartbeat and an orderly stop."""
