"""What happened to each cart, in the order of time."""
