"""What the status function is built of: authentication, sessions, responses, pages."""
