"""The files in ``.chalice/`` that follow from others: from the shop's folder and from ``app.py``.

A person writes one thing about a function: what it may do, in ``infra/policies/<function>.json``
or in the folder of its extension. ``python -m infra configure`` makes the policy of each stage of
it, and ``config.json``, which tells Chalice which file is whose. The stages and their environment
come from the shop's folder. A test fails when the files are not what the command writes.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from chalicelib.adapters.shop_folder import LOCAL, read_shop, stages_of
from chalicelib.domain import addresses
from chalicelib.domain.durations import duration
from chalicelib.domain.reminder_policy import ReminderPolicy
from chalicelib.domain.shop import Shop
from chalicelib.settings import API_HANDLER, HTTP, REST, TABLE, Names, api_type
from infra.generate.policies import policy_of

FOLDER: Final = Path(__file__).parents[2] / ".chalice"

CLOSED_API: Final = "closed-rest-api.json"
"""The policy of a REST API that nobody is to call, for Chalice makes one all the same."""

_LOG_RETENTION_DAYS: Final = 30
_DERIVED: Final = frozenset(
    {
        *("NAME_PREFIX", "STAGE", "ALLOWED_ORIGINS", "CURRENCY", "LANGUAGES", "MAIL_SENDER"),
        *("PRODUCTS", "MAIL_RATE", "REMINDER_DELAY_SECONDS", "REMINDER_WINDOW_SECONDS"),
        "REMINDER_POLICY",
        *("API_TYPE", "IDENTITY_ISSUER", "IDENTITY_AUDIENCE"),
    }
)
"""The variables of :func:`environment_of`; all others are outputs of a deployment."""


def environment_of(shop: Shop, stage: str) -> dict[str, str]:
    """Return the environment variables that tell functions what ``shop.toml`` says of a stage."""
    chosen = {
        "ALLOWED_ORIGINS": ",".join(shop.allowed_origins),
        "API_TYPE": shop.api if shop.api != REST else "",
        "IDENTITY_ISSUER": shop.identity.issuer if shop.identity else "",
        "IDENTITY_AUDIENCE": shop.identity.audience if shop.identity else "",
    }
    return {
        "NAME_PREFIX": shop.prefix,
        "STAGE": stage,
        **{name: value for name, value in chosen.items() if value},
        "CURRENCY": shop.currency,
        "LANGUAGES": ",".join(shop.languages),
        "MAIL_SENDER": shop.sender,
        "MAIL_RATE": str(shop.mail_rate),
        **({"PRODUCTS": TABLE} if shop.products == TABLE else {}),
        "REMINDER_DELAY_SECONDS": ",".join(_seconds(step.after) for step in shop.reminders),
        "REMINDER_POLICY": msgspec.json.encode(_policy_of_reminders(shop)).decode(),
        "REMINDER_WINDOW_SECONDS": _seconds(shop.reminder_window),
    }


def _policy_of_reminders(shop: Shop) -> ReminderPolicy:
    return ReminderPolicy(
        time_zone=shop.time_zone,
        quiet_hours=shop.quiet_hours,
        max_mails=shop.max_mails,
        max_lateness=int(_seconds(shop.max_lateness)),
        holdout_percent=shop.holdout_percent,
        consent=shop.consent,
    )


def not_derived(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that do not come from ``shop.toml``."""
    return {name: value for name, value in environment.items() if name not in _DERIVED}


def _seconds(text: str) -> str:
    return str(int(duration(text).total_seconds()))


def written(folder: Path, shop_folder: Path, consumers: Iterable[str]) -> dict[Path, str]:
    """Return what the files in ``.chalice/`` should hold for these functions and the API.

    Raises:
        MissingPolicy: nothing says what a function may do.
        ShopError: the shop's folder cannot be read.
    """
    names = (API_HANDLER, *consumers)
    stages = stages_of(shop_folder)
    shops = {stage: read_shop(shop_folder, stage) for stage in (LOCAL, *stages)}
    environments = {stage: environment_of(shop, stage) for stage, shop in shops.items()}
    prefix = shops[LOCAL].prefix
    files = {folder / "config.json": _config(folder, prefix, names, environments)}
    for stage in stages:
        sender = sender_of(environments[stage])
        for name in names:
            policy = policy_of(folder.parent, name, Names(prefix, stage), sender)
            files[folder / _policy_file(stage, name)] = policy
    return files


def sender_of(environment: Mapping[str, str]) -> str:
    """Return the address of ``MAIL_SENDER`` as SES has it: without a name, in ASCII."""
    _, address = addresses.split_display_name(environment["MAIL_SENDER"])
    return addresses.mailable(address) or address


def write(folder: Path, shop_folder: Path, consumers: Iterable[str]) -> list[Path]:
    """Write what has to change and return it; delete the policies of functions that are gone.

    Raises:
        MissingPolicy, ShopError: see :func:`written`.
    """
    files = written(folder, shop_folder, consumers)
    changed = [
        (file, text)
        for file, text in files.items()
        if not file.exists() or file.read_text(encoding="utf-8") != text
    ]
    for file, text in changed:
        file.write_text(text, encoding="utf-8")
    for file in set(folder.glob("policy-*.json")) - files.keys():
        file.unlink()
    return [file for file, _ in changed]


def _policy_file(stage: str, function: str) -> str:
    return f"policy-{stage}-{function}.json"


def _config(
    folder: Path, prefix: str, names: Iterable[str], environments: Mapping[str, Mapping[str, str]]
) -> str:
    """Complete ``config.json``; what it says beyond that of a function or a stage is kept."""
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["app_name"] = prefix
    # Chalice would set the API's in a log group of another name; see foundation.yaml.
    logs = {"log_retention_in_days": _LOG_RETENTION_DAYS}
    known = config["lambda_functions"]
    config["lambda_functions"] = {
        name: {**logs, **known.get(name, {})} for name in names if name != API_HANDLER
    }
    stages = config["stages"]
    config["stages"] = {stage: stages.get(stage, {}) for stage in environments}
    for stage, environment in environments.items():
        settings = config["stages"][stage]
        found_out = not_derived(settings.get("environment_variables", {}))
        settings["environment_variables"] = {**environment, **found_out}
        # In the same order each time, so that writing again changes nothing.
        settings.pop("api_gateway_policy_file", None)
        known = settings.pop("lambda_functions", {})
        if api_type(environment) == HTTP:
            settings["api_gateway_policy_file"] = CLOSED_API
        if stage == LOCAL:  # where no policy is enforced
            settings |= {"lambda_functions": known} if known else {}
            continue
        settings["lambda_functions"] = {
            name: {**known.get(name, {}), "iam_policy_file": _policy_file(stage, name)}
            for name in names
        }
    return json.dumps(config, indent=2, ensure_ascii=False) + "\n"
