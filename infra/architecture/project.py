"""The architecture of this project."""

import json
from pathlib import Path
from typing import Final

from chalicelib.settings import Names
from infra.architecture.graph import Graph, derive
from infra.cloudformation.identities import Pseudo
from infra.cloudformation.stacks import STACKS, parameters_of, template_of
from infra.generate.policies import functions_of, policy_of

ROOT: Final = Path(__file__).parents[2]


def read(names: Names, root: Path = ROOT) -> Graph:
    """Return the graph of what a project's templates and policies make on a stage."""
    pseudo, parameters = Pseudo("123456789012", "eu-central-1", "aws"), parameters_of(names)
    stacks = [template_of(name, root).resolve(parameters, pseudo) for name in STACKS]
    resources = [resource for stack in stacks for resource in stack.resources.values()]
    policies = {
        function: json.loads(policy_of(root, function, names))["Statement"]
        for function in functions_of(root)
    }
    return derive(resources, policies, names)
