"""The architecture of this project."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from infra.architecture.graph import Graph, derive
from infra.cloudformation.stacks import STACKS, template_of
from infra.cloudformation.template import Pseudo

ROOT: Final = Path(__file__).parents[2]
_POLICIES_STAGE: Final = "dev"


def read(stage: str, root: Path = ROOT) -> Graph:
    """Return the graph of what a project's templates and policies make on a stage."""
    pseudo = Pseudo("123456789012", "eu-central-1", "aws")
    stacks = [template_of(name, root).resolve({"Stage": stage}, pseudo) for name in STACKS]
    resources = [resource for stack in stacks for resource in stack.resources.values()]
    return derive(resources, _policies(root / ".chalice"), stage, _POLICIES_STAGE)


def _policies(folder: Path) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    prefix = f"policy-{_POLICIES_STAGE}-"
    return {
        file.stem.removeprefix(prefix): json.loads(file.read_text(encoding="utf-8"))["Statement"]
        for file in sorted(folder.glob(f"{prefix}*.json"))
    }
