"""Mutants that no test needs to notice, each with the reason."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

ACCEPTED: Final[Mapping[str, str]] = {
    "*SchedulerRole.Policies.0.PolicyName *": "nobody reads the name",
    "foundation.yaml UserPoolClient.ClientName *": "people read it, and nothing refers to it",
    "foundation.yaml MailFeedback.EventDestination.Name *": "nothing refers to it",
    "config.json *.log_retention_in_days is left out": "`configure` writes it again",
    "*.SamplingRule.Priority is 100": "no other rule is about this API",
    "* BouncesAlarm.Period is 360": "SES tells of the rate now and then, in either case",
    "*.yaml <Id>Rule.Name *": "nothing refers to it; whoever pauses a rule reads it",
    "*/template.yaml *Rule.Name *": "nor to that of a rule that is written out",
    "*.DashboardName *": "people look for it, and nothing refers to it",
    "foundation.yaml UserPool.UserPoolName is left out": "people read it",
    "foundation.yaml HttpApiAuthorizer.Name *": "people read it, too",
    "subscriptions.yaml ResultsLogPolicy.PolicyName is left out": "cfn-lint wants one",
    "* SendReminderMapping.BatchSize is 1": "more runs send as many mails at the same rate",
    "chalicelib/* -> *frozen=False*": "mypy lets nobody set an attribute of what is frozen",
    "chalicelib/* -> *kw_only=False*": "whoever builds it names the fields either way",
    "chalicelib/*@lru_cache(maxsize=*": "how much is cached changes no answer",
    "chalicelib/*if end == at else* -> *if end <= at else*": "quiet hours never end in the past",
    "chalicelib/*token_hex(8)*": "any number of random bytes tells claims apart",
    "chalicelib/*, ?, * -> *, /, *": "callers name these arguments either way",
    "chalicelib/*: ?, -> /,": "callers name these arguments either way",
    "*/colours.py: pairs = zip(* -> *strict=False)": "each colour has three channels",
    "*/cart.py: change.event_id < other* -> *event_id <= other*": "no two changes share an id",
    "*/cart.py: if add.event_id > *removed_at* -> if add.event_id >= *": "nor do these",
    "*/cart.py: *removed_at < self.merged_at* -> *removed_at <= *": "nor do these",
    "*/colours.py: is_light = * > * -> * >= *": "no colour contrasts with both alike",
    "*/colours.py: if channel <= 0.04045: -> if channel < 0.04045:": "no channel is exactly that",
    "*/languages.py: *quality > 0: -> *quality != 0:": "a weight is never negative",
    "*/languages.py: *else 0.0 -> *else -1.0": "either leaves the language out",
    '*/plain_text.py: *000" <= sign <=* -> *000" < sign <=*': "the first one is printable",
    "*/reminders.py: *PutOff(until) if until > now * -> *until != now *": "it is never before now",
    "*/reminders.py: if step == 1: -> if step <= 1:": "steps begin at 1",
    "*/reminders.py: *% (self.window //* -> *% (self.window / *": "a window is whole seconds long",
    "*/validation.py: *part[1]] -> *part[ 0]]": "the library names no path where it is empty",
    "*/webhooks.py: return times[0]* -> return times[ -1]*": "the list has one element",
    "*/cart_requests.py: *change.event_id < * -> *event_id <= *": "its own has succeeded by then",
    "*/cart_requests.py: * sku == EVERY_SKU* -> * sku <= *": "no SKU sorts before the asterisk",
    "*/wishes.py: *consent == * -> *consent >= *": "the only other word sorts before it",
    "*/cart.py: MAX_CHANGES* -> *": "a cap that leaves room, so one more or less is as good",
    "chalicelib/*: if TYPE_CHECKING: -> *": "it loads more and does the same",
    "*/page_files.py: etag = *hexdigest()[:16]* -> *[: 1*]*": "one digit more or less is as good",
    "*/shop_folder.py: *in zip(* -> *strict=False)": "both lists are of the same products",
    "*/ses.py: pace: float = 0,* -> pace: float = -1,": "nobody waits either way",
    "*/carts.py: *_of(change) < _over(* -> * <= _over(*": "no value is equal to it: it ends in $",
    "*/carts.py: if _over(now, *) <= line* -> if _over(now, *) < line*": "it ends in $ here, too",
    '*/carts.py: *"S"] < over* -> *"S"] <= over*': "and here",
    '*/carts.py: *"S"] <= text* -> *"S"] < text*': "what is equal is there already",
    "*/carts.py: time, _ = *event_id(now - age, 0)* -> *(now - age, *": "only its time is used",
    "*/dynamodb/products.py: while len(found) < * -> *) != *": "never more are read than asked for",
    "*/dynamodb/products.py: withdrawn = * > * -> * >= *": "no two events share an id",
    "*/dynamodb/table.py: *code == _REFUSED * -> *code <= *": "every other code sorts after it",
    "*/dynamodb/failures.py: *if levels == 0: -> *if levels <= 0:": "they go down one by one",
    "*/reminders.py: *if step > 1 * -> *if step != 1 *": "steps begin at 1",
    "*/reminder_claims.py: *claim.step == 1 * -> *claim.step <= 1 *": "steps begin at 1",
    "*/scheduler.py: *due.step == 1 * -> *due.step <= 1 *": "steps begin at 1",
    "*/scheduler.py: if len(self._met) >= * -> *) == *": "it grows by one at a time",
    "*/scheduler.py: _MOST_REMEMBERED*": "a cap on memory, for which any large figure will do",
}
"""Patterns of what a mutant changes, and why it may: of settings by name, of code by the line."""


def is_accepted(what: str) -> bool:
    """Tell whether there is a reason why a mutant may survive; a bracket stands for itself."""
    return any(fnmatchcase(what, pattern.replace("[", "[[]")) for pattern in ACCEPTED)
