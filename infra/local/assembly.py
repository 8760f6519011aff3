"""The services of the local cloud, put together on one engine."""

from dataclasses import dataclass, field

from infra.local.aws.api_gateway import Gateway
from infra.local.aws.cloudwatch_logs import LogGroups
from infra.local.aws.cognito import Identity
from infra.local.aws.dynamodb import Tables
from infra.local.aws.eventbridge import EventBuses
from infra.local.aws.lambda_functions import Functions
from infra.local.aws.lambda_sqs_mapping import Mapped, Poller
from infra.local.aws.scheduler import Schedules
from infra.local.aws.ses import Inbox, MailFeedback
from infra.local.aws.sqs import Queues
from infra.local.aws.ssm import ParameterStore
from infra.local.engine.engine import Engine


@dataclass
class Parts:
    """Every service, and the engine on which they are built."""

    engine: Engine
    buses: EventBuses
    functions: Functions
    gateway: Gateway
    identity: Identity
    inbox: Inbox
    logs: LogGroups
    mail_feedback: MailFeedback
    parameters: ParameterStore
    queues: Queues
    schedules: Schedules
    tables: Tables
    pollers: list[Poller] = field(default_factory=list)

    def map_queue(self, mapped: Mapped) -> None:
        """Map a queue to a function: its messages are delivered to it in batches."""
        self.pollers.append(Poller(self.engine, mapped, self.functions, self.queues))


def assemble(engine: Engine) -> Parts:
    """Put the services together; moto must be running."""
    buses = EventBuses(engine)
    functions = Functions(engine)
    identity = Identity(engine)
    mail_feedback = MailFeedback(engine, buses)
    return Parts(
        engine=engine,
        buses=buses,
        functions=functions,
        gateway=Gateway(engine, functions, identity),
        identity=identity,
        inbox=Inbox(engine, mail_feedback),
        logs=LogGroups(engine),
        mail_feedback=mail_feedback,
        parameters=ParameterStore(engine),
        queues=Queues(engine),
        schedules=Schedules(engine),
        tables=Tables(engine),
    )
