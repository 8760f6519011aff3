"""AWS Systems Manager Parameter Store: the keys that no template can make."""

from infra.local.engine.engine import Engine
from infra.local.engine.sdk import Answer, Parameters, answer, failure
from infra.repair.signing_keys import with_new_key


class ParameterStore:
    """Parameters by name, each a SecureString."""

    def __init__(self, engine: Engine) -> None:
        self._identifiers = engine.identifiers
        self._values: dict[str, str] = {}
        engine.sdk.provide("ssm", {"GetParameter": self._get})

    def add_keyring(self, name: str) -> None:
        """Make a parameter with one signing key, which everybody has long known."""
        secret = "".join(self._identifiers.uuid() for _ in range(2)).encode()
        self._values[name] = with_new_key(None, secret, now=0)

    def _get(self, parameters: Parameters) -> Answer:
        name = parameters["Name"]
        if name not in self._values:
            return failure("ParameterNotFound", "There is no such parameter.")
        return answer({"Parameter": {"Name": name, "Value": self._values[name]}})
