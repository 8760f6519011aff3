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
    products,
    registry,
    reminders,
    schedules,
)
from tests.simulation.parts import PARTS

__all__ = ["MUTATIONS", "Mutation"]

Mutation = registry.Mutation
MUTATIONS = (
    *registry.MUTATIONS,
    *(bug for part in PARTS.values() for bug in part.mutations()),
)
"""All bugs that these modules register when they are imported, and those of extensions."""

_REGISTERED = (
    *(carts, changes, merges, schedules, mails, failures),
    *(figures, permissions, patterns, identity, reminders, extensions, limits, products),
)
