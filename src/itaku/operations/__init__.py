"""Operations (運用): how all shops and machines are, on one board."""
