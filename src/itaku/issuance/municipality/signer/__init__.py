"""The signer: the one process that holds the municipality's keys for documents and 2-D codes, or the way to them."""
