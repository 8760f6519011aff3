"""The keys of tokens and of extensions: made by the deployment, replaced by the operator."""

import secrets

from infra.operations.problems import Problem, answer_or_none, say
from infra.operations.target import Target
from infra.repair.signing_keys import SECRET_BYTES, parameters_of, with_new_key


def ensure(target: Target) -> bool:
    """Make the first key of each kind, unless there is one; tell whether one was made.

    CloudFormation can make no SecureString.
    """
    missing = [name for name in parameters_of(target.names) if _value(target, name) is None]
    for name in missing:
        _put(target, name, with_new_key(None, secrets.token_bytes(SECRET_BYTES)), overwrite=False)
        say(f"The signing key {name} is made.")
    return bool(missing)


def rotate(target: Target, *, revoke: bool) -> None:
    """Make a new key; with ``revoke`` it is the only one that is valid.

    Raises:
        Problem: the stage has no keys.
    """
    name = target.names.signing_keys_parameter
    value = _value(target, name)
    if value is None:
        raise Problem(f"Stage {target.stage} is not deployed in {target.region}.")
    new = with_new_key(None if revoke else value, secrets.token_bytes(SECRET_BYTES))
    _put(target, name, new, overwrite=True)
    if revoke:
        say("There is one key, a new one. What was signed before is invalid within 5 minutes.")
    else:
        say("There is a new key, which signs in 10 minutes; the one before it stays valid.")


def delete(target: Target) -> None:
    """Delete the keys; what they signed is invalid for good."""
    for name in parameters_of(target.names):
        answer_or_none(target.client("ssm").delete_parameter, Name=name)


def _value(target: Target, name: str) -> str | None:
    answer = answer_or_none(target.client("ssm").get_parameter, Name=name, WithDecryption=True)
    return None if answer is None else str(answer["Parameter"]["Value"])


def _put(target: Target, name: str, value: str, *, overwrite: bool) -> None:
    target.client("ssm").put_parameter(
        Name=name,
        Description="The keys that links, tokens or reports are signed with.",
        Value=value,
        Type="SecureString",
        Overwrite=overwrite,
    )
