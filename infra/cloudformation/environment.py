"""How the foundation stack's outputs reach the functions: each is an environment variable."""

import re


def variable_of(output: str) -> str:
    """Return the environment variable of a stack's output: EventBusArn → EVENT_BUS_ARN."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", output).upper()
