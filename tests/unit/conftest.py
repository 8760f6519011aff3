"""What unit tests need: no way out to AWS, and nothing left over from the last test."""

from collections.abc import Iterator

import pytest
from botocore.loaders import create_loader

from chalicelib.adapters import sdk
from infra.local.engine.sdk import check_parameters
from tests.support.builders import REGION

# Reading AWS's models takes longer than most tests; what was read once serves every session.
_MODELS = create_loader()

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


@pytest.fixture
def aws() -> Iterator[None]:
    """Give the adapters a session of their own, whose clients check what they are given."""
    sdk.reset()
    sdk.session().register_component("data_loader", _MODELS)
    check_parameters(sdk.session())
    yield
    sdk.reset()
