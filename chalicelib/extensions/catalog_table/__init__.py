"""Keeps products in a table, as events tell of them."""
