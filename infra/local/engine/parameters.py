"""Checks the parameters of the app's calls to AWS, which the app's own clients do not.

The clients leave it out because it is a good part of what a call costs; so every call of every
test is checked here instead.
"""

from typing import Any, Final

from botocore.exceptions import ParamValidationError
from botocore.session import Session
from botocore.validate import ParamValidator

_VALIDATOR: Final = ParamValidator()


def check_parameters(session: Session) -> None:
    """Check the calls of all clients that this session creates from now on."""
    # Last, because some parameters are completed by the SDK itself.
    session.get_component("event_emitter").register_last("before-parameter-build", _check)


def _check(params: dict[str, Any], model: Any, **_: Any) -> None:
    """Refuse parameters that do not fit the service's model.

    Raises:
        ParamValidationError: what a client that validates would raise.
    """
    report = _VALIDATOR.validate(params, model.input_shape)
    if report.has_errors():
        raise ParamValidationError(report=report.generate_report())
