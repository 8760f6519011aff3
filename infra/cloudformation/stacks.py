"""The templates of the stacks of a stage, completed with what the extensions add."""

import json
from pathlib import Path
from typing import Final

from chalicelib.settings import Names
from infra.cloudformation.shorthands import written_out
from infra.cloudformation.template import Template, TemplateError, load, merged

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
    template = load(root / "infra" / "templates" / f"{stack}.yaml")
    if stack == SUBSCRIPTIONS:
        for file in sorted((root / "chalicelib" / "extensions").glob("*/template.yaml")):
            template = merged(template, _addition(file))
    return template


def _addition(file: Path) -> Template:
    addition = load(file)
    try:
        resources = written_out(addition.section("Resources"), file.parent.name)
    except ValueError as error:
        raise TemplateError(f"{file}: {error}") from error
    return Template(file, {**addition.body, "Resources": resources})


if __name__ == "__main__":  # for cfn-lint: what is deployed, with all that extensions add
    print(json.dumps(template_of(SUBSCRIPTIONS).body))  # noqa: T201
