"""How long the first mails of an hour keep SES waiting; docs/scale.md explains the formula."""


def share_missed(carts: int, rate: float, within: float, window: float) -> float:
    """Return the time that SES waits for mails to become due, as a share of carts ÷ rate.

    The carts are filled within ``within`` seconds; ``window`` is in seconds, too, and ``rate`` in
    mails a second. Fewer than ``rate`` are due at first, because due times are spread over both.
    """
    return rate**2 * within * window / 2 / carts**2
