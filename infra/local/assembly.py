"""The parts of the local cloud, put together: the composition root of the engine."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from infra.local.aws.api_gateway import Gateway
from infra.local.aws.cognito import Identity
from infra.local.aws.eventbridge import EventBuses
from infra.local.aws.lambda_functions import Functions
from infra.local.aws.lambda_sqs_mapping import Mapped, Poller
from infra.local.aws.scheduler import Schedules
from infra.local.aws.ses import Inbox
from infra.local.aws.ses_feedback import MailFeedback
from infra.local.aws.sqs import Queues
from infra.local.aws.ssm import ParameterStore
from infra.local.engine.agenda import Agenda
from infra.local.engine.arns import Account
from infra.local.engine.clock import Clock
from infra.local.engine.delivery import Targets
from infra.local.engine.faults import Faults
from infra.local.engine.identifiers import Identifiers
from infra.local.engine.journal import Hop, Journal
from infra.local.engine.network import Direct, Disturbed, Network
from infra.local.engine.sdk import Sdk


@dataclass
class Parts:
    """Every part, wired to those it needs."""

    account: Account
    agenda: Agenda
    buses: EventBuses
    clock: Clock
    faults: Faults
    functions: Functions
    gateway: Gateway
    identity: Identity
    inbox: Inbox
    journal: Journal
    mail_feedback: MailFeedback
    parameters: ParameterStore
    queues: Queues
    schedules: Schedules
    sdk: Sdk
    targets: Targets
    pollers: list[Poller] = field(default_factory=list)

    def map_queue(self, mapped: Mapped) -> None:
        """Let a function be fed from a queue."""
        self.pollers.append(
            Poller(
                mapped,
                account=self.account,
                agenda=self.agenda,
                clock=self.clock,
                functions=self.functions,
                journal=self.journal,
                queues=self.queues,
                sdk=self.sdk,
            )
        )


def assemble(
    clock: Clock,
    *,
    network: Network | None = None,
    output: Callable[[Hop], None] | None = None,
    seed: int | None = None,
    account: Account | None = None,
) -> Parts:
    """Put the parts together; moto and the clock must be running."""
    account = account or Account()
    agenda = Agenda(clock)
    faults = Faults()
    network = Disturbed(network or Direct(), faults, Random(seed))  # noqa: S311  no secret
    identifiers = Identifiers(seed)
    journal = Journal(clock, output)
    sdk = Sdk(account.region)
    targets = Targets(agenda, clock, journal)
    buses = EventBuses(
        account=account,
        agenda=agenda,
        clock=clock,
        identifiers=identifiers,
        journal=journal,
        network=network,
        targets=targets,
    )
    functions = Functions(
        account=account,
        agenda=agenda,
        clock=clock,
        faults=faults,
        identifiers=identifiers,
        journal=journal,
        network=network,
        sdk=sdk,
        targets=targets,
    )
    faults.complete_names(functions.full_name)
    identity = Identity(account, clock, identifiers)
    gateway = Gateway(
        account=account,
        clock=clock,
        functions=functions,
        identifiers=identifiers,
        identity=identity,
        journal=journal,
    )
    queues = Queues(clock, journal, sdk)
    targets.register("sqs", queues.send)
    schedules = Schedules(
        agenda=agenda, clock=clock, journal=journal, network=network, sdk=sdk, targets=targets
    )
    sdk.before("events", "PutEvents", buses.put_events)
    sdk.intercept_app(faults.intercept)
    mail_feedback = MailFeedback(buses, clock)
    inbox = Inbox(clock, journal, sdk, mail_feedback)
    return Parts(
        account=account,
        agenda=agenda,
        buses=buses,
        clock=clock,
        faults=faults,
        functions=functions,
        gateway=gateway,
        identity=identity,
        inbox=inbox,
        journal=journal,
        mail_feedback=mail_feedback,
        parameters=ParameterStore(sdk, identifiers),
        queues=queues,
        schedules=schedules,
        sdk=sdk,
        targets=targets,
    )
