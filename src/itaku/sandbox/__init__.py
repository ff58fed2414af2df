"""The sandbox: an invented municipality, its residents and practice cards, and stand-ins for what is outside."""
