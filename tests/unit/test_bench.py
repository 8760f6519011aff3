"""What the page of results is made of: arithmetic that a reader of it trusts."""

import os
import subprocess
import sys
from pathlib import Path

import botocore
import pytest

from bench import samples
from bench.bill import bill, computing, starting, total
from bench.instructions import Subject
from bench.million import NO_LINE_OF_THE_BILL, bills
from bench.packages import ROOT
from bench.page import Target
from bench.usage import Usage
from tests.support.catalog import FOLDER

pytestmark = pytest.mark.own_shop


def test_usage_adds_up_call_by_call() -> None:
    one = Usage(write_units=1, calls={"PutEvents": 1, "UpdateItem": 1})
    two = one + Usage(write_units=2, calls={"UpdateItem": 2})
    assert (two.write_units, two.calls) == (3, {"PutEvents": 1, "UpdateItem": 3})
    assert two - one == Usage(write_units=2, calls={"UpdateItem": 2})
    assert one * 3 == Usage(write_units=3, calls={"PutEvents": 3, "UpdateItem": 3})


def test_a_bill_is_price_times_count() -> None:
    dollars = bill(Usage(api_requests=1e6, schedule_runs=5e5, mails=1000), memory_megabytes=512)
    assert (dollars["API Gateway"], dollars["Scheduler"], dollars["SES"]) == (3.5, 0.5, 0.1)
    assert dollars["DynamoDB"] == dollars["SQS"] == 0
    assert total(dollars, mail=True) - total(dollars, mail=False) == pytest.approx(0.1)


def test_lambda_is_paid_by_invocation_and_by_memory_times_time() -> None:
    usage = Usage(invocations=1e6, calls={"PutEvents": 1e6})
    small, large = (bill(usage, memory_megabytes=memory)["Lambda"] for memory in (512, 1024))
    taken = 1e6 * 0.015 * 0.5 * 0.0000166667
    assert small == pytest.approx(0.20 + taken + starting(usage, 512))
    assert starting(usage, 512) == pytest.approx(1e4 * 0.6 * 0.5 * 0.0000166667)
    assert large - 0.20 == pytest.approx(2 * (small - 0.20))


def test_a_target_that_is_missed_says_so() -> None:
    assert Target("zip", 0.4, 0.5, " MB").row() == ("zip", "0.40 MB", "≤ 0.50 MB", "kept")
    assert Target("zip", 0.6, 0.5).row()[-1] == "**missed**"


def test_computing_is_a_part_of_what_lambda_costs() -> None:
    usage = Usage(invocations=1e6, calls={"PutEvents": 1e6})
    lambdas = bill(usage, memory_megabytes=512)["Lambda"]
    assert lambdas == pytest.approx(0.20 + computing(usage, 512) + starting(usage, 512))


def test_the_page_has_the_bill_of_every_decision(aws) -> None:
    written = {int(file.name[:4]) for file in (ROOT / "docs" / "decisions").glob("0*.md")}
    billed = set(bills().without)
    assert billed | set(NO_LINE_OF_THE_BILL) == written
    assert not billed & set(NO_LINE_OF_THE_BILL)


@pytest.mark.parametrize("name", ["", *samples.CONSUMED])
def test_what_the_functions_are_invoked_with_is_what_they_take(name: str) -> None:
    """A function that fails is no start that was measured; `make bench` would end with it."""
    event = samples.CONSUMED[name]() if name else samples.add_request()
    handler = f"chalicelib.entrypoints.consumers:{name}" if name else "app:app"
    folders = (ROOT, Path(botocore.__file__).parents[1])
    shop = {"SHOP_FOLDER": str(FOLDER)}
    line = Subject(handler, event, samples.lines(), folders, shop).invoked().output()
    assert '"raised_at"' not in line
    assert line.count("\n") == 1


def test_what_is_measured_is_the_projects_own_shop() -> None:
    measuring = "bench.million, bench.operations, bench.processes, bench.throughput"
    program = f"import os, {measuring}; print(os.environ.get('SHOP_FOLDER'))"
    own = {name: value for name, value in os.environ.items() if name != "SHOP_FOLDER"}
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=True)  # noqa: S603
    assert printed.stdout == "None\n"
