from collections.abc import Iterator

from chalicelib.domain.errors import (
    CartError,
    ErrorBody,
    PermanentError,
    TransientError,
    UnknownSku,
    backoff,
)


def tree(kind: type[CartError]) -> Iterator[type[CartError]]:
    for child in kind.__subclasses__():
        yield child
        yield from tree(child)


def test_every_error_is_either_permanent_or_transient() -> None:
    for kind in tree(CartError):
        assert issubclass(kind, PermanentError) != issubclass(kind, TransientError), kind


def test_no_two_errors_share_a_code() -> None:
    codes = [kind.code for kind in tree(CartError) if kind is not PermanentError]
    assert sorted(set(codes)) == sorted(codes)


def test_an_error_carries_a_message_and_details() -> None:
    error = UnknownSku("There is none.", sku="X")
    assert (error.code, error.message, error.details) == (
        "unknown_sku",
        "There is none.",
        {"sku": "X"},
    )
    assert str(error) == "There is none."


def test_an_error_without_details_tells_of_none() -> None:
    assert UnknownSku("There is none.").body == ErrorBody("unknown_sku", "There is none.")
    assert UnknownSku("None.", sku="X").body == ErrorBody("unknown_sku", "None.", {"sku": "X"})


def test_waits_double_from_half_a_minute_to_an_hour() -> None:
    assert [backoff(attempt) for attempt in (1, 2, 3, 7, 8, 9)] == [30, 60, 120, 1920, 3600, 3600]
    assert TransientError("Later.").wait(2) == 60
