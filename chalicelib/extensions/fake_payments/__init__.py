"""A payment provider that moves no money, on the stages local and dev."""
