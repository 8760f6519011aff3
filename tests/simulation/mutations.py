"""Deliberate bugs, each a patch that is applied while histories are played.

Most of them are found in published samples of such systems. Every one must be noticed.
"""

from tests.simulation.bugs import (
    carts,
    changes,
    extensions,
    failures,
    figures,
    identity,
    limits,
    mails,
    merges,
    patterns,
    permissions,
    registry,
    reminders,
    schedules,
)

__all__ = ["MUTATIONS", "Mutation"]

Mutation = registry.Mutation
MUTATIONS = tuple(registry.MUTATIONS)
"""All bugs that these modules register when they are imported."""

_REGISTERED = (
    *(carts, changes, merges, schedules, mails, failures),
    *(figures, permissions, patterns, identity, reminders, extensions, limits),
)
