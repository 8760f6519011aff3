"""How many functions send, and how fast each, so that together they keep SES's rate."""

import pytest

from chalicelib.domain.mail_rate import MAX_RATE, pace, senders


@pytest.mark.parametrize(
    ("rate", "count"), [(1, 2), (8, 2), (9, 3), (12, 3), (14, 4), (100, 25), (4_000, 1_000)]
)
def test_a_quarter_of_the_rate_sends_at_once_and_two_at_least(rate: int, count: int) -> None:
    assert senders(rate) == count


def test_the_greatest_rate_takes_all_senders_that_lambda_allows_for_a_queue() -> None:
    assert senders(MAX_RATE) == 1_000
    assert senders(MAX_RATE + 1) > 1_000


@pytest.mark.parametrize("rate", [1, 9, 14, 4_000])
def test_all_senders_at_their_pace_make_the_rate(rate: int) -> None:
    assert senders(rate) / pace(rate) == pytest.approx(rate)
