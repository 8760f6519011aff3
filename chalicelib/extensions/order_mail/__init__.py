"""Mails about orders: that they are paid for, cancelled, or that money is given back."""
