"""Pages of money (お金の画面): the books of entrusted fees, from a month at a glance down to one issuance."""
