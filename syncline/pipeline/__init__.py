"""Run one job, for the worker and the Lambda aligner alike."""
