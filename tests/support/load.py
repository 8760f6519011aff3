"""What SES would have taken and was not due yet: docs/scale.md."""


def share_missed(carts: int, rate: float, within: float, window: float) -> float:
    """Return how much longer it takes to mail so many carts than at SES's rate from the first one.

    The carts are filled ``within`` seconds, and a ``window`` is in seconds, too. How many are due
    a second grows for as long as both last; until that is the rate, SES would take more.
    """
    return rate**2 * within * window / 2 / carts**2
