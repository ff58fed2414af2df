"""Notices (通知): a calendar by secret address, and mails that are each sent once."""
