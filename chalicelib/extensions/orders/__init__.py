"""Orders: from a cart that was seen to one that is paid for, or back again."""
