"""Proof (証拠一式): a contract as it stood on a day, with everything by which a stranger can check it."""
