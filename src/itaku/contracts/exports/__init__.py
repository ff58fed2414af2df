"""Exports: a contract as it stands, written in formats that others read (OCDS, iCalendar, the whole result as JSON)."""
