"""A contract at a glance (契約の全体): articles with their states, course, money, those bound through it."""
