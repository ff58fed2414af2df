"""Tags of the incident banner."""
