"""The templates are valid with what is made for them: routes, and the stack of the extensions."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.cloudformation.stacks import STACKS, template_of
from tests.support.infrastructure import ROOT

pytestmark = pytest.mark.own_shop


def test_the_completed_templates_are_valid(tmp_path: Path) -> None:
    files = [tmp_path / f"{stack}.json" for stack in STACKS]
    for stack, file in zip(STACKS, files, strict=True):
        file.write_text(json.dumps(template_of(stack).body), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--", *map(str, files)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert ran.returncode == 0, ran.stdout
