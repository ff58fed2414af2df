"""キオスク端末: the session with the resident, from touch to paper."""
