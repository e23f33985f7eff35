"""Run one job from its message to its results, for the worker and the Lambda aligner alike."""
