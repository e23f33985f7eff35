"""The worker: the Celery application, the stages of a job, and the engines that align."""
