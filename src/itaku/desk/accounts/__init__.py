"""Accounts by duty (役割ごとの利用者): organisations, people, and their seats at contracts."""
