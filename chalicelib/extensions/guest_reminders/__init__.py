"""Guests who leave an address are reminded, too, once they have confirmed it by a mail."""
