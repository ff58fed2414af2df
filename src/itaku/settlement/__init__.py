"""Settlement: what was collected, what is owed, and the working behind each figure."""
