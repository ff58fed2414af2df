"""Template tags of acts."""
