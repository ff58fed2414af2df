"""Where things are kept: PostgreSQL for the nodes in the center, an encrypted journal at the edge."""
