"""Issue: from a card to paper, through five nodes, so that a wrong person's certificate cannot come out."""
