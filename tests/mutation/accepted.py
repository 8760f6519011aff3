"""Mutants that no test needs to notice, each with the reason."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

ACCEPTED: Final[Mapping[str, str]] = {
    "foundation.yaml SchedulerRole.Policies.0.PolicyName *": "nobody reads the name",
    "foundation.yaml Archive.EventPattern.source.1.* shop.X": "nothing publishes as shop.* yet",
    "foundation.yaml UserPoolClient.ClientName *": "people read it, and nothing refers to it",
    "foundation.yaml MailFeedback.EventDestination.Name *": "nothing refers to it",
    "* DashboardName *": "people look for it, and nothing refers to it",
}
"""Patterns of what a mutant changes, and why it may."""


def is_accepted(what: str) -> bool:
    """Tell whether there is a reason why a mutant may survive; a bracket stands for itself."""
    return any(fnmatchcase(what, pattern.replace("[", "[[]")) for pattern in ACCEPTED)
