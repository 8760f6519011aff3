"""What each function may do: a document of ours for every stage, and what extensions add to it."""

import json
from pathlib import Path
from string import Template
from typing import Final

from chalicelib.settings import Names

_PATTERNS: Final = ("infra/policies/*", "chalicelib/extensions/*/policies/*")


class MissingPolicy(Exception):
    """A function is registered, but nothing says what it may do."""


def functions_of(project: Path) -> list[str]:
    """Return the names of the functions of a project that have a policy."""
    return sorted({file.stem for pattern in _PATTERNS for file in project.glob(f"{pattern}.json")})


def policy_of(project: Path, function: str, names: Names, sender: str = "") -> str:
    """Return what a function may do on a stage, as JSON; extensions may add to what the API may.

    ``sender`` is the address that mails come from.

    Raises:
        MissingPolicy: nothing says what it may do.
    """
    files = [file for pattern in _PATTERNS for file in sorted(project.glob(f"{pattern}.json"))]
    documents = [json.loads(file.read_text("utf-8")) for file in files if file.stem == function]
    if not documents:
        raise MissingPolicy(
            f"There is no infra/policies/{function}.json, which says what it may do."
        )
    statements = [each for document in documents for each in document["Statement"]]
    text = json.dumps({**documents[0], "Statement": statements}, indent=2) + "\n"
    return Template(text).substitute(Prefix=names.prefix, Stage=names.stage, Sender=sender)
