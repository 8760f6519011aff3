"""What every service of the local cloud is built on: one engine for one cloud."""

from collections.abc import Callable
from random import Random

from infra.local.engine.agenda import Agenda
from infra.local.engine.arns import Account
from infra.local.engine.clock import Clock
from infra.local.engine.delivery import Targets
from infra.local.engine.faults import Faults
from infra.local.engine.identifiers import Identifiers
from infra.local.engine.journal import Hop, Journal
from infra.local.engine.network import Disturbed, Network
from infra.local.engine.sdk import Sdk


class Engine:
    """Time, delivery, faults and the record of what happened; it knows no AWS service."""

    def __init__(
        self,
        clock: Clock,
        *,
        network: Network | None = None,
        output: Callable[[Hop], None] | None = None,
        seed: int | None = None,
    ) -> None:
        """Put the parts together; the clock must be running.

        ``network`` decides the fate of deliveries, ``output`` gets each hop, and ``seed`` makes
        all ids repeatable.
        """
        self.account = Account()
        self.clock = clock
        self.agenda = Agenda(clock)
        self.faults = Faults()
        self.identifiers = Identifiers(seed)
        self.sdk = Sdk(self.account.region)
        self.journal = Journal(clock, output, self.sdk.running_function)
        random = Random(seed)  # noqa: S311 - it is no secret when an event is late
        self.network: Network = Disturbed(network, self.faults, random)
        self.targets = Targets(self.agenda, clock, self.journal)
        self.sdk.intercept_app(self.faults.intercept)
