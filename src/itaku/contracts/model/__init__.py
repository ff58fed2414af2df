"""The vocabulary: a contract as one TOML file in article order, read into typed frozen objects."""
