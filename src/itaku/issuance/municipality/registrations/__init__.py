"""利用登録: whose card may get family register certificates of this municipality though its holder lives elsewhere."""
