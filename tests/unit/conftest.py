"""What unit tests need: no way out to AWS."""

from collections.abc import Iterator

import pytest

from tests.support.builders import REGION

_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="session", autouse=True)
def no_way_out() -> Iterator[None]:
    """Set credentials that open nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_PROFILE", raising=False)
        for name, value in _ENVIRONMENT.items():
            patch.setenv(name, value)
        yield
