"""The files in ``.chalice/`` that follow from others, for the functions that ``app.py`` registers.

A person writes one thing about a function: ``policy-dev-<function>.json``, what it may do. The
policies of other stages differ in names and in the address that mail is sent from, which is the
``MAIL_SENDER`` of the stage; ``config.json`` tells Chalice which file is whose. ``python -m infra
configure`` writes those; a test fails when they are not what it writes.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from chalicelib.domain import addresses
from chalicelib.settings import API_HANDLER

FOLDER: Final = Path(__file__).parents[2] / ".chalice"

STAGES: Final = ("dev", "prod")
_LOG_RETENTION_DAYS: Final = 30

_DEV: Final = re.compile(r"-dev\b")
_FROM_ADDRESS: Final = re.compile(r'("ses:FromAddress":\s*)("[^"]*"|\[[^\]]*\])')


class MissingPolicy(Exception):
    """A function is registered, but nothing says what it may do."""


def written(folder: Path, consumers: Iterable[str]) -> dict[Path, str]:
    """Return what the files in ``.chalice/`` should hold for these functions and the API.

    Raises:
        MissingPolicy: a function has no policy for stage dev.
    """
    names = (API_HANDLER, *consumers)
    config = _config(folder, names)
    files = {folder / "config.json": json.dumps(config, indent=2, ensure_ascii=False) + "\n"}
    for stage in STAGES:
        sender = sender_of(config["stages"][stage]["environment_variables"])
        for name in names:
            policy = _DEV.sub(f"-{stage}", _policy_of(folder, name))
            file = folder / _policy_file(stage, name)
            files[file] = _FROM_ADDRESS.sub(rf"\g<1>{json.dumps(sender)}", policy)
    return files


def sender_of(environment: Mapping[str, str]) -> str:
    """Return the address of ``MAIL_SENDER`` as SES has it: without a name, in ASCII."""
    _, address = addresses.split_display_name(environment["MAIL_SENDER"])
    return addresses.mailable(address) or address


def write(folder: Path, consumers: Iterable[str]) -> list[Path]:
    """Write what has to change; return which files those are.

    Raises:
        MissingPolicy: see :func:`written`.
    """
    changed = [
        (file, text)
        for file, text in written(folder, consumers).items()
        if not file.exists() or file.read_text(encoding="utf-8") != text
    ]
    for file, text in changed:
        file.write_text(text, encoding="utf-8")
    return [file for file, _ in changed]


def _policy_file(stage: str, function: str) -> str:
    return f"policy-{stage}-{function}.json"


def _policy_of(folder: Path, function: str) -> str:
    file = folder / _policy_file("dev", function)
    if not file.exists():
        raise MissingPolicy(f"There is no {file}, which says what {function} may do.")
    return file.read_text(encoding="utf-8")


def _config(folder: Path, names: Iterable[str]) -> dict[str, Any]:
    """Complete ``config.json``; what it says beyond that of a function or a stage is kept."""
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    # Chalice would set the API's in a log group of another name; see foundation.yaml.
    logs = {"log_retention_in_days": _LOG_RETENTION_DAYS}
    known = config["lambda_functions"]
    config["lambda_functions"] = {
        name: {**logs, **_of(known, name)} for name in names if name != API_HANDLER
    }
    for stage in STAGES:
        known = config["stages"][stage]["lambda_functions"]
        config["stages"][stage]["lambda_functions"] = {
            name: {**_of(known, name), "iam_policy_file": _policy_file(stage, name)}
            for name in names
        }
    return config


def _of(known: Mapping[str, dict[str, Any]], name: str) -> dict[str, Any]:
    return known.get(name, {})
