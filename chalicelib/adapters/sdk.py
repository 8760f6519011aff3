"""The one botocore session of a function, its clients, and the translation of their errors.

botocore rather than boto3, whose resources nothing here uses: importing boto3 costs half as much
again. A client is made when it is first asked for, because every function imports the whole app
but calls only one or two services. What the rest saves: docs/decisions/, 10 and 11.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import Any, Final, ParamSpec, TypeVar

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import CartError, TransientError

# A call spends most of its CPU time on a description of the SDK for its User-Agent header, and on
# checking parameters that the tests have checked already: the local cloud refuses invalid ones.
_LEAN: Final = Config(user_agent="cart", parameter_validation=False, connect_timeout=1)

# Three attempts, with pauses of up to 1 and 2 seconds, end before any function times out.
_DEFAULT: Final = _LEAN.merge(
    Config(read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3})
)

_CONFIGS: Final = {
    # SendEmail is not idempotent: repeating a call that got no answer could send a second mail.
    # So it gets time to answer, and whether to try again is decided where the claim is known.
    "sesv2": _LEAN.merge(Config(read_timeout=10, retries={"total_max_attempts": 1})),
}

# What `python -m infra deploy` packages of AWS: few operations, few certificates. Where they are
# missing, botocore has its own; ``AWS_DATA_PATH`` and ``AWS_CA_BUNDLE`` take the place of either.
_PACKAGE: Final = Path(__file__).parents[1]
_MODELS: Final = _PACKAGE / "aws_models"
_ROOTS: Final = _PACKAGE / "amazon_roots.pem"

P = ParamSpec("P")
R = TypeVar("R")

_lock = Lock()
_clients: dict[str, Any] = {}
_session: botocore.session.Session | None = None


def session() -> botocore.session.Session:
    """Return the session that all clients share, so that AWS's models are read once."""
    global _session  # noqa: PLW0603 - one session a process is the point
    if _session is None:
        _session = botocore.session.get_session()
        if _session.get_config_variable("data_path") is None and _MODELS.exists():
            _session.set_config_variable("data_path", str(_MODELS))
    return _session


def client(service: str) -> Any:
    """Return the client of a service, such as ``"dynamodb"``; always the same one."""
    found = _clients.get(service)
    if found is None:
        with _lock:  # a session must not create two clients at once
            found = _clients.get(service) or _new_client(service)
            _clients[service] = found
    return found


def _new_client(service: str) -> Any:
    roots = str(_ROOTS) if _ROOTS.exists() else None
    trusted = session().get_config_variable("ca_bundle") or roots
    config = _CONFIGS.get(service, _DEFAULT)
    return session().create_client(service, verify=trusted, config=config)


def reset() -> None:
    """Forget the session and the clients, so that new ones read the environment again."""
    global _session  # noqa: PLW0603
    with _lock:
        _clients.clear()
        _session = None


def error_of(error: ClientError | BotoCoreError) -> CartError:
    """Return the SDK's error as one of the application's: a transient one.

    What a refused call means for the customer only the adapter knows that made it. Anything
    unforeseen, a missing permission for instance, is the operator's to put right: it is retried
    and then waits in a dead-letter queue, instead of being recorded as the customer's failure.

    The SDK's own text is left out, because it can quote what was sent, an address for instance.
    """
    if isinstance(error, ClientError):
        code = code_of(error)
        return TransientError(
            f"{error.operation_name} failed with {code}.",
            operation=error.operation_name,
            aws_code=code,
            aws_request_id=error.response.get("ResponseMetadata", {}).get("RequestId"),
        )
    code = type(error).__name__
    return TransientError(f"AWS could not be reached: {code}.", aws_code=code)


def code_of(error: ClientError) -> str:
    """Return the error code in a service's answer, such as ``"ThrottlingException"``."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def translated_errors(method: Callable[P, R]) -> Callable[P, R]:
    """Have an adapter's method raise the SDK's errors as the application's.

    Raises:
        TransientError: see :func:`error_of`.
    """

    @wraps(method)
    def translating(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except (ClientError, BotoCoreError) as error:
            # "from None": a chained error would put the SDK's text into the log.
            raise error_of(error) from None

    return translating
