"""Card, printer and cash unit, behind small contracts."""
