"""Template tags of the money pages."""
