"""Data protection (データ管理): what the contractor owes where personal data is handled (S2-D, S1-A2)."""
