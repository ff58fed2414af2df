"""Forms, signature, 2-D code and read-back of certificates."""
