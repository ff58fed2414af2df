"""ストアコントローラー: watches kiosks, books sales, and helps the clerk."""
