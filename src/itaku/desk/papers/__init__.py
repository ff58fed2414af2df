"""Papers (書類): drafted from computed fields, handed in, received, approved or sent back, each version kept."""
