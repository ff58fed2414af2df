"""itaku (委託): runs an entrusted public service the way its contract says, and proves it."""

__version__ = "0.1.0"
