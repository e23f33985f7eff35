"""Use cases around a job: intake, validation, retry, dead letters, the view of a job."""
