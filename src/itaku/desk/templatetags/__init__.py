"""The desk's template tags."""
