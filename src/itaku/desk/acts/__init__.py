"""Acts (記録): telling events: every step of a contract that its two sides take at the desk goes through here."""
