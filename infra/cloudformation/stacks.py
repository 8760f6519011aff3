"""The templates of the stacks of a stage, completed with what the extensions add."""

from pathlib import Path
from typing import Final

from chalicelib.settings import Names
from infra.cloudformation.template import Template, load

ROOT: Final = Path(__file__).parents[2]
FOUNDATION: Final = "foundation"
SUBSCRIPTIONS: Final = "subscriptions"
STACKS: Final = (FOUNDATION, SUBSCRIPTIONS)
"""In the order in which they are deployed."""


def parameters_of(names: Names) -> dict[str, str]:
    """Return the parameters of both templates for a stage."""
    return {"Prefix": names.prefix, "Stage": names.stage}


def template_of(stack: str, root: Path = ROOT) -> Template:
    """Return the template of a stack; extensions are part of the subscriptions.

    Raises:
        TemplateError: it cannot be read, or two files declare the same.
    """
    added = sorted((root / "chalicelib" / "extensions").glob("*/template.yaml"))
    own = root / "infra" / "templates" / f"{stack}.yaml"
    return load(own, *(added if stack == SUBSCRIPTIONS else ()))
