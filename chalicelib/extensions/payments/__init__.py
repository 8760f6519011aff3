"""Payments: what the payment provider reports is noted, and told on the bus."""
