"""The audit trail of the desk (操作の記録): who saw and did what, append-only and in the record."""
