"""Papers (書類): every document that a contract names, drafted from a replay and made as PDF and as Word."""
