"""What a command tells the operator: how far it is, and what went wrong, in one sentence each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import click
from botocore import exceptions
from botocore.parsers import ResponseParserError

_CREDENTIALS_REFUSED: Final = {
    *("AuthFailure", "InvalidAccessKeyId", "InvalidClientTokenId", "SignatureDoesNotMatch"),
    *("UnrecognizedClientException", "IncompleteSignature"),
}
_CREDENTIALS_EXPIRED: Final = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_PERMISSION_MISSING: Final = {
    *("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"),
}
_NOT_THERE: Final = {
    *("NoSuchEntity", "NotFoundException", "ResourceNotFoundException"),
    *("DashboardNotFoundError", "ResourceNotFound", "ParameterNotFound"),
    *("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
}


def step(number: int, of: int, title: str) -> None:
    """Announce a step."""
    click.echo(f"Step {number} of {of}: {title}")


def say(line: str) -> None:
    """Tell what is being done in this step."""
    click.echo(f"  {line}")


class Problem(click.ClickException):
    """Something that the operator has to put right; the command ends with exit code 1."""


class Problems(Problem):
    """Several of them, found at once: one line each."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click's signature
        """Print each problem on a line of its own."""
        for sentence in self.sentences:
            click.echo(f"Error: {sentence}", err=True)


@contextmanager
def explained() -> Iterator[None]:
    """Raise AWS's errors as problems.

    Raises:
        Problem: AWS cannot be asked, or refused.
    """
    try:
        yield
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
        raise Problem(
            "There are no AWS credentials: run `aws configure`, name a --profile, or set "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from error
    except exceptions.EndpointConnectionError as error:
        raise Problem(f"Nothing answers at {error.kwargs['endpoint_url']}.") from error
    except exceptions.ClientError as error:
        raise Problem(sentence_for(error)) from error
    except ResponseParserError as error:
        raise Problem("The answer cannot be read: is the endpoint AWS, or its emulator?") from error
    except exceptions.BotoCoreError as error:
        raise Problem(f"AWS cannot be asked: {error}") from error


def sentence_for(error: exceptions.ClientError) -> str:
    """Say what AWS's refusal means."""
    code, operation = code_of(error), error.operation_name
    if code in _CREDENTIALS_EXPIRED:
        return "The AWS credentials have expired: sign in again."
    if code in _CREDENTIALS_REFUSED:
        return f"AWS does not accept the credentials ({code}): check the access key and the region."
    if code in _PERMISSION_MISSING:
        return f"The AWS credentials lack the permission for {operation}."
    return f"AWS refused {operation}: {error.response['Error'].get('Message', '')} ({code})"


def code_of(error: exceptions.ClientError) -> str:
    """Return the error code that a service answered, such as ``"ValidationError"``."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def answer_or_none(
    call: Callable[..., dict[str, Any]], **parameters: str | list[str] | bool
) -> dict[str, Any] | None:
    """Ask AWS for something; return None if it does not exist."""
    try:
        return call(**parameters)
    except exceptions.ClientError as error:
        if code_of(error) in _NOT_THERE:
            return None
        raise
