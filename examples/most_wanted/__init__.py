"""Counts how often each product is put into carts."""
