"""証明書交付センター: the issuance register, service calendar, admission and counts."""
