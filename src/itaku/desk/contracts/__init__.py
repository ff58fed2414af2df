"""Pages of contracts (契約の画面): the list, one at a glance and on any day, what an amendment would change."""
