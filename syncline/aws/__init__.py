"""The edges to AWS: settings, clients, S3, SQS, DynamoDB, EventBridge."""
