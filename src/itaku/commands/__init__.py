"""What each command of `itaku` does; `cli` only reads the arguments."""
