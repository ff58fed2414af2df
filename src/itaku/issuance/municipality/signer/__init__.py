"""The signer: the one process that holds the municipality's document key, or the way to it in an HSM."""
