"""Ground floor: pure values without I/O (errors, ids, instants, eras, yen, canonical bytes, Japanese text)."""
