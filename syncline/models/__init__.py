"""Installed models: the catalogue, the hub client, fetching and verifying."""
