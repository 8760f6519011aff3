"""The page that tells what a visit found, with nothing in it that is personal."""

import platform
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib import metadata

from infra.operations.deploy import functions
from infra.operations.target import Target
from infra.operations.verify.run import Outcome, Result

_PACKAGES = ("chalice", "botocore", "msgspec")


def page_of(
    target: Target, began: datetime, results: Iterable[Result], figures: Mapping[str, str]
) -> str:
    """Return the page as Markdown."""
    results = list(results)
    where = "an emulator on this machine" if target.is_local else f"AWS, region {target.region}"
    held, differ, left = (
        sum(result.outcome is outcome for result in results) for outcome in Outcome
    )
    summary = f"Of {len(results)} claims {held} held, {differ} did not, {left} were not looked at."
    versions = [f"Python {platform.python_version()}"]
    versions += [f"{name} {metadata.version(name)}" for name in _PACKAGES]
    lines = [
        f"# Stage {target.stage} on {where}, {began:%Y-%m-%d}",
        "",
        f"Begun at {began:%H:%M} UTC. {summary}",
        "",
        "| Claim | | Seen |",
        "|---|---|---|",
        *(f"| {each.claim} | {each.outcome} | {_in_a_cell(each.seen)} |" for each in results),
        "",
        "| Measured | |",
        "|---|---|",
        *(f"| {what} | {figure} |" for what, figure in figures.items()),
        "",
        f"Release {functions.release_of(target.configuration)}; {', '.join(versions)}.",
        "",
    ]
    # Sentences of AWS's may name resources, and these the account.
    return "\n".join(lines).replace(target.account, "<account>")


def _in_a_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
