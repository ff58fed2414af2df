"""The record: append-only and tamper-evident; entries, numbering, signed checkpoints, proofs, offline verifier."""
