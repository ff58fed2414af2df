"""What the nodes share, and all that they share: messages, refusals, digests, transition tables. No I/O."""
