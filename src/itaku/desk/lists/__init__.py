"""Lists (一覧): out as Excel or CSV, and back in with the differences to approve."""
