"""Roles, queues and topics that let in more than they should."""

from functools import partial
from typing import Any, Final

from tests.simulation.bugs.files import edited, policy, template
from tests.simulation.bugs.registry import unseen_by_histories

DENIALS: Final = "policies/test_denials.py"
NEAR_MISSES: Final = "policies/test_near_misses.py"


def _bug(what: str, change: Any, tests: str = DENIALS) -> None:
    unseen_by_histories(what, partial(edited, change), tests)


_bug(
    "the API may read any partition of the table",
    policy("api_handler", '"dynamodb:LeadingKeys": "CART#*"', '"dynamodb:LeadingKeys": "*"'),
)
_bug(
    "the API may read the whole table",
    policy("api_handler", '"dynamodb:Query"', '"dynamodb:Scan"'),
)
_bug(
    "the API may write carts itself",
    policy("api_handler", '"PREFERENCES#*"\n        }\n      }\n    },\n    {\n      "Sid": "Check',
           '["PREFERENCES#*", "CART#*"]\n        }\n      }\n    },\n    {\n      "Sid": "Check'),
)  # fmt: skip
_bug(
    "the API may publish the events of anybody",
    policy("api_handler", '"events:source": "cart.api"', '"events:version": "0"'),
)
_bug(
    "persist_cart may do anything with the table",
    policy("persist_cart", '"dynamodb:UpdateItem"', '"dynamodb:*"'),
)
_bug(
    "persist_cart may write to the table of every stage",
    policy("persist_cart", "table/cart-$", "table/cart-*"),
)
_bug(
    "schedule_reminder may pass on any role",
    policy("schedule_reminder", "role/cart-$-scheduler", "role/*"),
)
_bug(
    "schedule_reminder may pass its role to any service",
    policy("schedule_reminder", '"iam:PassedToService": "scheduler.amazonaws.com"',
           '"iam:PassedToService": ["scheduler.amazonaws.com", "lambda.amazonaws.com"]'),
)  # fmt: skip
_bug(
    "schedule_reminder may make schedules in every group",
    policy("schedule_reminder", "schedule/cart-reminders-$/*", "schedule/*"),
)
_bug(
    "suppress_address may write to carts",
    policy("suppress_address", '"CART#unknown"', '"CART#*"'),
)
_bug(
    "send_reminder may read all parameters",
    policy("send_reminder", "parameter/cart-$/signing-keys", "parameter/*"),
)
_bug(
    "send_reminder may send mail from any address",
    policy("send_reminder", '"ses:FromAddress": "reminders@shop.example.com"',
           '"ses:FromAddress": ["reminders@shop.example.com", "ceo@shop.example.com"]'),
)  # fmt: skip
_bug(
    "record_failure may empty the queue that it writes to",
    policy("record_failure", '"sqs:SendMessage"', '["sqs:SendMessage", "sqs:PurgeQueue"]'),
)
_bug(
    "record_failure may write to the logs of others",
    policy("record_failure", "/aws/lambda/cart-$-record_failure:*", "/aws/lambda/cart-$*"),
)
_bug(
    "Scheduler's role may put any event on the bus",
    template("foundation", "                    events:detail-type: CartReminderDue\n", ""),
)

_bug(
    "anybody may write to the queue of reminders",
    template(
        "foundation",
        "Sid: OnlyTheRuleForRemindersThatAreDue\n            Effect: Allow\n"
        "            Principal: {Service: events.amazonaws.com}",
        "Sid: OnlyTheRuleForRemindersThatAreDue\n            Effect: Allow\n"
        '            Principal: "*"',
    ),
    NEAR_MISSES,
)
_bug(
    "every rule may write to the queue of reminders",
    template("foundation", "rule/${EventBus.Name}/queue-reminder", "rule/${EventBus.Name}/*"),
    NEAR_MISSES,
)
_bug(
    "alarms of other accounts may publish to the topic",
    template(
        "subscriptions",
        "              StringEquals:\n                aws:SourceAccount: !Ref AWS::AccountId\n",
        "",
    ),
    NEAR_MISSES,
)
_bug(
    "schedules of any group act in the role of Scheduler",
    template("foundation", "schedule-group/${ScheduleGroup}", "schedule-group/*"),
    NEAR_MISSES,
)
_bug(
    "any rule of the bus may invoke persist_cart",
    template("subscriptions", "SourceArn: !GetAtt PersistCartRule.Arn",
             "SourceArn: !Sub arn:aws:events:${AWS::Region}:${AWS::AccountId}:rule/*"),
    NEAR_MISSES,
)  # fmt: skip
