"""What an operator does: deploy a stage, look at it, repair it and remove it."""
