"""市区町村: verifies each application end to end and makes the certificate."""
