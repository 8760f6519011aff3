"""The keys in Parameter Store: encrypted there, and not asked for at each request."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.adapters import sdk
from chalicelib.adapters.ssm import SigningKeys
from chalicelib.domain.errors import TransientError
from chalicelib.domain.signing import KEYS_KEPT_FOR
from infra.repair.signing_keys import with_new_key
from tests.support.builders import NOW

NAME = "/cart-dev/signing-keys"


@pytest.fixture
def ssm(cloud: None) -> Any:
    del cloud
    return sdk.client("ssm")


def put(ssm: Any, value: str) -> None:
    ssm.put_parameter(Name=NAME, Value=value, Type="SecureString", Overwrite=True)


@pytest.mark.parametrize("later", [0, 1, 3600])
def test_keys_are_read_once_in_five_minutes(ssm, calls_of, later):
    first = with_new_key(None, b"1" * 32, now=1)
    put(ssm, first)
    keys, calls = SigningKeys(ssm, NAME), calls_of(ssm)
    assert [key.secret for key in keys.current(NOW)] == [b"1" * 32]
    put(ssm, with_new_key(first, b"2" * 32, now=2))
    almost = NOW + KEYS_KEPT_FOR - timedelta(milliseconds=1)
    assert [key.secret for key in keys.current(almost)] == [b"1" * 32]
    after = NOW + KEYS_KEPT_FOR + timedelta(seconds=later)
    assert [key.secret for key in keys.current(after)] == [b"2" * 32, b"1" * 32]
    assert [operation for operation, _ in calls].count("GetParameter") == 2


def test_keys_that_are_not_there_are_the_operators_to_put_right(ssm):
    with pytest.raises(TransientError):
        SigningKeys(ssm, NAME).current(NOW)


@pytest.mark.parametrize("value", ["[]", "{}", "none", '[{"secret": "c2hvcnQ=", "created_at": 0}]'])
def test_keys_that_are_none_are_refused(ssm, value):
    put(ssm, value)
    with pytest.raises(msgspec.DecodeError):
        SigningKeys(ssm, NAME).current(NOW)


def test_two_keys_are_valid_at_most():
    text = None
    for number in range(3):
        text = with_new_key(text, bytes([number]) * 32, now=number)
    assert text is not None
    assert [key["created_at"] for key in msgspec.json.decode(text)] == [2, 1]
