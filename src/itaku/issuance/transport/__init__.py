"""How nodes reach each other: mutual TLS 1.3, roles from certificates, one HTTP client, one server."""
