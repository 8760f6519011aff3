"""The steps of the plan after the first: each is scheduled when the one before it has ended."""
