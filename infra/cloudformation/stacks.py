"""The templates of the stacks of a stage."""

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
EXTENSIONS: Final = "extensions"
"""A stack of their own: CloudFormation takes templates of up to 51,200 bytes."""
STACKS: Final = (FOUNDATION, SUBSCRIPTIONS, EXTENSIONS)
"""In the order in which they are deployed; the functions come before the subscriptions."""

_COMMON: Final = ("Prefix", "Stage")
"""The parameters that every template has."""


def parameters_of(names: Names) -> dict[str, str]:
    """Return the parameters that every template needs for a stage."""
    return dict(zip(_COMMON, (names.prefix, names.stage), strict=True))


def with_chosen(
    parameters: Mapping[str, str], template: Template, environment: Mapping[str, str]
) -> dict[str, str]:
    """Return the parameters of a template with those that have a default, if one was chosen.

    Such a one has the value of the variable of its name in the functions' environment: ``ApiType``
    is ``API_TYPE``. So what is an output of one template can be a parameter of the next.
    """
    variables = {name: variable_of(name) for name in template.section("Parameters")}
    chosen = {name: environment[of] for name, of in variables.items() if of in environment}
    return {**chosen, **parameters}


def template_of(stack: str, root: Path = ROOT) -> Template:
    """Return the template of a stack.

    That of the extensions is made of what each of them has; it is without resources where there is
    no extension. The routes of the app are part of the foundation.

    Raises:
        TemplateError: it cannot be read, or two files declare the same.
    """
    if stack == EXTENSIONS:
        return _extensions(root)
    template = load(root / "infra" / "templates" / f"{stack}.yaml")
    if http_api.API in template.section("Resources"):
        from app import app  # noqa: PLC0415  nothing else here needs it

        template = http_api.with_routes(template, app.routes)
    return template


def _extensions(root: Path) -> Template:
    core = whole = load(root / "infra" / "templates" / f"{SUBSCRIPTIONS}.yaml")
    for file in sorted((root / "chalicelib" / "extensions").glob("*/template.yaml")):
        whole = merged(whole, _addition(file))
    common = {name: core.section("Parameters")[name] for name in _COMMON}
    added = {
        name: {key: each for key, each in section.items() if key not in core.section(name)}
        for name, section in whole.body.items()
        if isinstance(section, dict)
    }
    body = {
        **{name: text for name, text in core.body.items() if not isinstance(text, dict)},
        "Description": "Event-driven cart: the subscriptions of the extensions.",
        **{name: section for name, section in added.items() if section},
        "Parameters": {**common, **added.get("Parameters", {})},
        "Resources": added["Resources"],
    }
    return Template(root / "chalicelib" / "extensions", body)


def _addition(file: Path) -> Template:
    addition = load(file)
    try:
        resources = written_out(addition.section("Resources"), file.parent.name)
    except ValueError as error:
        raise TemplateError(f"{file}: {error}") from error
    return Template(file, {**addition.body, "Resources": resources})


if __name__ == "__main__":  # for cfn-lint, which cannot read what is made
    print(json.dumps(template_of(EXTENSIONS).body))  # noqa: T201
