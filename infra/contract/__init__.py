"""What others rely on, the API and the events, and how it may change."""
