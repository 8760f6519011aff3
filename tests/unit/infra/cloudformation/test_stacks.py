"""The templates are valid with what is made for them: routes, and the stack of the extensions."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.cloudformation.stacks import STACKS, template_of
from tests.support.infrastructure import ROOT

pytestmark = pytest.mark.own_shop


@pytest.mark.parametrize("stack", STACKS)
def test_the_completed_template_is_valid(tmp_path: Path, stack: str) -> None:
    file = tmp_path / f"{stack}.json"
    file.write_text(json.dumps(template_of(stack).body), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--", str(file)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert ran.returncode == 0, ran.stdout
