"""``.chalice/`` is completed for whatever functions there are, and loses nothing by it."""

import json
from pathlib import Path
from shutil import copytree

import pytest

from infra.generate import chalice_files
from infra.generate.policies import MissingPolicy
from tests.support.catalog import FOLDER
from tests.support.chalice import CHALICE
from tests.support.infrastructure import ROOT, consumer_names
from tests.support.shops import changed_shop

pytestmark = pytest.mark.own_shop

SHOP = FOLDER
EXTENSIONS = ROOT / "chalicelib" / "extensions"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for policies in (ROOT / "infra" / "policies", *EXTENSIONS.glob("*/policies")):
        copytree(policies, tmp_path / policies.relative_to(ROOT))
    return copytree(
        CHALICE,
        tmp_path / ".chalice",
        ignore=lambda *_: {"deployed", "deployments"},
    )


def write_policy(folder: Path, text: str) -> None:
    (folder.parent / "infra" / "policies" / "new_one.json").write_text(text, encoding="utf-8")


def config(folder: Path) -> dict:
    return json.loads((folder / "config.json").read_text(encoding="utf-8"))


def test_the_files_are_what_the_command_would_write():
    folder, shop = chalice_files.FOLDER, ROOT / "chalicelib" / "shop"
    for file, text in chalice_files.written(folder, shop, consumer_names()).items():
        assert file.read_text(encoding="utf-8") == text, f"{file}: run `python -m infra configure`"


def test_a_new_function_needs_one_policy_and_gets_the_rest(folder):
    write_policy(folder, '{"Statement": [{"Resource": "sqs:${Prefix}-reminders-${Stage}"}]}')
    changed = chalice_files.write(folder, SHOP, [*consumer_names(), "new_one"])
    policies = {f"policy-{stage}-new_one.json" for stage in STAGES}
    assert {file.name for file in changed} == {"config.json", *policies}
    prod = json.loads((folder / "policy-prod-new_one.json").read_text(encoding="utf-8"))
    assert prod == {"Statement": [{"Resource": "sqs:cart-reminders-prod"}]}
    assert config(folder)["lambda_functions"]["new_one"] == {"log_retention_in_days": 30}
    functions = config(folder)["stages"]["prod"]["lambda_functions"]
    assert functions["new_one"] == {"iam_policy_file": "policy-prod-new_one.json"}


def test_a_new_function_without_a_policy_is_an_error(folder):
    with pytest.raises(MissingPolicy, match=r"infra/policies/new_one\.json"):
        chalice_files.write(folder, SHOP, ["new_one"])


def test_what_else_is_set_of_a_function_or_a_stage_is_kept(folder):
    before = config(folder)
    before["lambda_functions"]["send_reminder"]["reserved_concurrency"] = 2
    before["stages"]["dev"]["lambda_functions"]["persist_cart"]["lambda_memory_size"] = 1024
    before["stages"]["dev"]["environment_variables"]["EVENT_BUS_ARN"] = "arn"
    (folder / "config.json").write_text(json.dumps(before), encoding="utf-8")
    chalice_files.write(folder, SHOP, consumer_names())
    assert config(folder) == before


@pytest.mark.parametrize(("products", "expected"), [("table", "table"), ("file", None)])
def test_functions_are_told_where_the_products_are(folder, products, expected):
    shop = copytree(SHOP, folder / "shop")
    settings = (shop / "shop.toml").read_text(encoding="utf-8")
    (shop / "shop.toml").write_text(f'products = "{products}"\n{settings}', encoding="utf-8")
    chalice_files.write(folder, shop, consumer_names())
    for stage in STAGES:
        assert config(folder)["stages"][stage]["environment_variables"].get("PRODUCTS") == expected


def test_a_function_that_is_gone_is_forgotten(folder):
    remaining = [name for name in consumer_names() if name != "suppress_address"]
    chalice_files.write(folder, SHOP, remaining)
    assert "suppress_address" not in json.dumps(config(folder))
    assert not list(folder.glob("policy-*-suppress_address.json"))


SENDERS = [
    ("reminders@example.com", "reminders@example.com"),
    ("Leaf & Bean <Shop@example.com>", "Shop@example.com"),
    ('"Bean, Leaf" <shop@example.com>', "shop@example.com"),
    ("Blätter <shop@bücher.example>", "shop@xn--bcher-kva.example"),
    ("no-reply@shop-dev.example.com", "no-reply@shop-dev.example.com"),
]


@pytest.mark.parametrize(("sender", "address"), SENDERS)
@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_a_policy_allows_mail_from_the_sender_of_its_own_stage(folder, stage, sender, address):
    shop = copytree(SHOP, folder / "shop")
    settings = (shop / "shop.toml").read_text(encoding="utf-8")
    table = f"[stages.{stage}]"
    override = f"{table}\nsender = {json.dumps(sender, ensure_ascii=False)}"
    (shop / "shop.toml").write_text(settings.replace(table, override), encoding="utf-8")
    chalice_files.write(folder, shop, consumer_names())
    allowed = {name: from_address(folder / f"policy-{name}-send_reminder.json") for name in STAGES}
    others = "reminders@shop.example.com"
    assert allowed == {name: address if name == stage else others for name in STAGES}


STAGES = ("dev", "prod")


def from_address(policy: Path) -> str:
    (address,) = {
        statement["Condition"]["StringEquals"]["ses:FromAddress"]
        for statement in json.loads(policy.read_text(encoding="utf-8"))["Statement"]
        if "ses:FromAddress" in json.dumps(statement)
    }
    return address


def test_an_extension_brings_the_policy_of_its_function_and_adds_to_that_of_the_api(folder):
    policies = folder.parent / "chalicelib" / "extensions" / "added" / "policies"
    policies.mkdir(parents=True)
    for name, sid in (("new_one", "Own"), ("api_handler", "More")):
        document = {"Version": "2012-10-17", "Statement": [{"Sid": sid}]}
        (policies / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    chalice_files.write(folder, SHOP, [*consumer_names(), "new_one"])
    sids = {
        name: [each["Sid"] for each in json.loads((folder / name).read_text("utf-8"))["Statement"]]
        for name in ("policy-dev-new_one.json", "policy-prod-api_handler.json")
    }
    assert sids["policy-dev-new_one.json"] == ["Own"]
    assert "More" in sids["policy-prod-api_handler.json"]
    assert len(sids["policy-prod-api_handler.json"]) > 1


def test_a_new_stage_with_an_http_api_is_written_the_same_way_each_time(folder, tmp_path):
    new = ("[stages.prod]", '[stages.staging]\napi = "http"\n\n[stages.prod]')
    shop = changed_shop(tmp_path, new)
    assert chalice_files.write(folder, shop, consumer_names())
    assert chalice_files.write(folder, shop, consumer_names()) == []


def test_where_customers_call_the_http_api_the_rest_api_is_closed(folder, tmp_path):
    shop = changed_shop(tmp_path, ("[stages.prod]", '[stages.prod]\napi = "http"'))
    chalice_files.write(folder, shop, consumer_names())
    stages = config(folder)["stages"]
    policy = json.loads((CHALICE / stages["prod"]["api_gateway_policy_file"]).read_text("utf-8"))
    [statement] = policy["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert (statement["Action"], statement["Resource"]) == ("execute-api:Invoke", "execute-api:/*")
    assert "api_gateway_policy_file" not in stages["dev"]
    chalice_files.write(folder, SHOP, consumer_names())
    assert "api_gateway_policy_file" not in config(folder)["stages"]["prod"]


def test_an_issuer_is_told_to_the_functions_of_its_stage(folder, tmp_path):
    identity = '{ issuer = "https://login.example.com/", audience = "page" }'
    added = f'[stages.prod]\napi = "http"\nidentity = {identity}'
    chalice_files.write(folder, changed_shop(tmp_path, ("[stages.prod]", added)), consumer_names())
    stages = config(folder)["stages"]
    chosen = {
        "API_TYPE": "http",
        "IDENTITY_ISSUER": "https://login.example.com/",
        "IDENTITY_AUDIENCE": "page",
    }
    assert chosen.items() <= stages["prod"]["environment_variables"].items()
    assert not chosen.keys() & stages["dev"]["environment_variables"].keys()


def test_nobody_calls_the_rest_api_behind_an_http_api():
    policy = json.loads(
        (chalice_files.FOLDER / chalice_files.CLOSED_API).read_text(encoding="utf-8")
    )
    (statement,) = policy["Statement"]
    refused = {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke"}
    assert refused.items() <= statement.items()
    assert statement["Resource"] == "execute-api:/*"
