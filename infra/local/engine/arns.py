"""The Amazon Resource Names that the local cloud reads and makes."""

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Arn:
    """The parts of an ARN that identify what it names."""

    text: str
    service: str
    resource: str

    @property
    def name(self) -> str:
        """The name, without the resource's kind before it and the version after it."""
        parts = self.resource.replace("/", ":").split(":")
        return parts[1] if self.service == "lambda" else parts[-1]


@lru_cache
def parse(text: str) -> Arn:
    """Read an ARN.

    Raises:
        ValueError: it is not an ARN.
    """
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        raise ValueError(f"{text!r} is not an ARN")
    return Arn(text, parts[2], parts[5])


@dataclass(frozen=True)
class Account:
    """The account and the region of the local cloud."""

    id: str = "123456789012"
    region: str = "eu-central-1"
    partition: str = "aws"

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.id}:{resource}"

    def function_arn(self, name: str) -> str:
        """Return the ARN of a Lambda function, without a version."""
        return self.arn("lambda", f"function:{name}")
