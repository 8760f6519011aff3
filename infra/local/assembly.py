"""The services of the local cloud, put together on one engine."""

from infra.local.aws.api_gateway import Gateway
from infra.local.aws.cloudwatch_logs import LogGroups
from infra.local.aws.cognito import Identity
from infra.local.aws.dynamodb import Tables
from infra.local.aws.eventbridge import EventBuses
from infra.local.aws.lambda_functions import Functions
from infra.local.aws.scheduler import Schedules
from infra.local.aws.ses import Inbox, MailFeedback
from infra.local.aws.sqs import Queues
from infra.local.aws.ssm import ParameterStore
from infra.local.engine.engine import Engine


class Parts:
    """Every service, and the engine on which they are built."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.buses = EventBuses(engine)
        self.functions = Functions(engine)
        self.identity = Identity(engine)
        self.gateway = Gateway(engine, self.functions, self.identity)
        self.logs = LogGroups(engine)
        self.mail_feedback = MailFeedback(engine, self.buses)
        self.inbox = Inbox(engine, self.mail_feedback)
        self.parameters = ParameterStore(engine)
        self.queues = Queues(engine)
        self.schedules = Schedules(engine)
        self.tables = Tables(engine)
