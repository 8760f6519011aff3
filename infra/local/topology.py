"""Makes the resources of the CloudFormation templates real in the local cloud.

Every type is either realised by a function in ``REALISERS`` or listed in ``NOTHING_TO_DO`` with
the reason. Anything else stops the start: what the templates say must not be left out silently.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from infra.cloudformation.identities import Pseudo
from infra.cloudformation.stacks import with_chosen
from infra.cloudformation.template import Resource, Template, variable_of
from infra.local.assembly import Parts
from infra.local.resources import REALISERS, only


class TopologyError(Exception):
    """A template has something that the local cloud cannot make real."""


NOTHING_TO_DO: Final = {
    "AWS::ApiGatewayV2::Stage": "because it has the API's root, and nothing here limits requests",
    "AWS::CloudWatch::Alarm": "because there are no metrics; the console shows the queues",
    "AWS::CloudWatch::Dashboard": "because the console shows what happens",
    "AWS::IAM::Role": "because nothing here checks permissions; the deploy tests do",
    "AWS::Lambda::Permission": "because nothing here checks who may invoke a function",
    "AWS::Logs::ResourcePolicy": "because nothing here checks who may write to a log group",
    "AWS::SNS::Topic": "because only alarms publish to it",
    "AWS::SNS::TopicPolicy": "because nothing here checks permissions",
    "AWS::SQS::QueuePolicy": "because nothing here checks who may send to a queue",
}


def realise(
    parts: Parts,
    templates: Iterable[Template],
    parameters: Mapping[str, str],
    environment: Mapping[str, str],
) -> dict[str, str]:
    """Make every resource of the templates real, and return the variables of their outputs.

    The ``environment`` is that of the functions, from which parameters may come, too.

    Raises:
        TopologyError: a type or a property is not known here, or a resource is not sound.
    """
    account = parts.engine.account
    pseudo = Pseudo(account.id, account.region, account.partition)
    resources: list[Resource] = []
    outputs: dict[str, str] = {}
    for template in templates:
        chosen = with_chosen(parameters, template, {**environment, **outputs})
        stack = template.resolve(chosen, pseudo)
        resources += stack.resources.values()
        outputs |= {variable_of(name): value for name, value in stack.outputs.items()}
    for resource in resources:
        if resource.type not in NOTHING_TO_DO and resource.type not in REALISERS:
            raise TopologyError(
                f"{_place(resource)}: the local cloud does not know this type. Realise it in "
                f"infra/local/resources.py, or say in topology.py why there is nothing to do."
            )
    for kind, (realiser, known) in REALISERS.items():
        of_kind = [resource for resource in resources if resource.type == kind]
        for resource in sorted(of_kind, key=_dead_letter_queues_first):
            try:
                if known is not None:
                    only(resource.properties, known)
                realiser(parts, resource)
            except (LookupError, ValueError) as error:
                raise TopologyError(f"{_place(resource)}: {error}") from error
    return outputs


def _place(resource: Resource) -> str:
    return f"{resource.file}: {resource.logical_id} ({resource.type})"


def _dead_letter_queues_first(resource: Resource) -> bool:
    return "RedrivePolicy" in resource.properties
