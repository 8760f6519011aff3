"""The templates of the stacks of a stage, completed with what the extensions add."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from chalicelib.settings import Names
from infra.cloudformation import http_api
from infra.cloudformation.shorthands import written_out
from infra.cloudformation.template import Template, TemplateError, load, merged, variable_of

ROOT: Final = Path(__file__).parents[2]
FOUNDATION: Final = "foundation"
SUBSCRIPTIONS: Final = "subscriptions"
STACKS: Final = (FOUNDATION, SUBSCRIPTIONS)
"""In the order in which they are deployed."""


def parameters_of(names: Names) -> dict[str, str]:
    """Return the parameters that both templates need for a stage."""
    return {"Prefix": names.prefix, "Stage": names.stage}


def with_chosen(
    parameters: Mapping[str, str], template: Template, environment: Mapping[str, str]
) -> dict[str, str]:
    """Return the parameters of a template with those that have a default, if one was chosen.

    Such a one has the value of the variable of its name in the functions' environment: ``ApiType``
    is ``API_TYPE``. So what is an output of one template can be a parameter of the next.
    """
    variables = {name: variable_of(name) for name in template.section("Parameters")}
    chosen = {
        name: environment[variable]
        for name, variable in variables.items()
        if variable in environment
    }
    return {**chosen, **parameters}


def template_of(stack: str, root: Path = ROOT) -> Template:
    """Return the template of a stack.

    Extensions are part of the subscriptions, the routes of the app part of the foundation.

    Raises:
        TemplateError: it cannot be read, or two files declare the same.
    """
    template = load(root / "infra" / "templates" / f"{stack}.yaml")
    if stack == SUBSCRIPTIONS:
        for file in sorted((root / "chalicelib" / "extensions").glob("*/template.yaml")):
            template = merged(template, _addition(file))
    if http_api.API in template.section("Resources"):
        from app import app  # noqa: PLC0415  nothing else here needs it

        template = http_api.with_routes(template, app.routes)
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
