"""``python -m tests.contract SCHEMATHESIS``: test the API over HTTP against its own description.

Starts the local cloud, lets schemathesis (the path of its executable) loose on it, and fails if
an answer was not as described, if a consumer broke on what the API let through, or if there was
too little to see to say so.
"""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chalicelib import wiring
from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.engine.http import Request, Response
from infra.local.web.server import HOST, Server, answering

FOLDER = Path(__file__).parent
REPORT = FOLDER.parents[1] / "build" / "contract" / "report.json"
LEAST_CASES = 2_000
LEAST_ACCEPTED = 300


def main(schemathesis: str) -> int:
    with LocalCloud.start(clock=Clock(running=True), seed=1) as cloud:
        REPORT.unlink(missing_ok=True)
        statuses = Counter[int]()
        server = Server(0, counting(cloud, statuses))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        exit_code = fuzz(schemathesis, f"http://{HOST}:{server.server_port}", cloud)
        server.shutdown()
        server.server_close()
        cloud.settle()
        report = json.loads(REPORT.read_text()) if REPORT.exists() else {}
        problems = list(problems_in(report, statuses, cloud.state()))
    seen = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
    sys.stdout.write(f"\nAnswers by status: {seen}\n")
    sys.stdout.writelines(f"FAILED: {problem}\n" for problem in problems)
    return exit_code or bool(problems)


def counting(cloud: LocalCloud, statuses: Counter[int]) -> Any:
    answer = answering(cloud)

    def count(request: Request) -> Response:
        response = answer(request)
        assert isinstance(response, Response)
        statuses[response.status] += 1
        return response

    return count


def fuzz(schemathesis: str, url: str, cloud: LocalCloud) -> int:
    environment = {
        **os.environ,
        "SHOP_TOKEN": cloud.sign_in("fuzz@example.com", "Fuzz"),
        "SHOP_SKUS": ",".join(
            product.sku for product in wiring.adapters.catalog if not product.fails_for
        ),
    }
    command = [
        *(str(Path(schemathesis).absolute()), "--config-file", "schemathesis.toml", "run"),
        *(f"{url}/openapi.json", "--checks", "all"),
        *("--report", "json", "--report-json-path", str(REPORT)),
    ]
    return subprocess.run(command, cwd=FOLDER, env=environment, check=False).returncode  # noqa: S603


def problems_in(
    report: dict[str, Any], statuses: Counter[int], state: dict[str, Any]
) -> Iterator[str]:
    """Yield what schemathesis itself does not call a failure."""
    cases = report.get("test_cases", {}).get("generated", 0)
    if cases < LEAST_CASES:
        yield f"{cases} cases are fewer than {LEAST_CASES}."
    if statuses[202] < LEAST_ACCEPTED:
        yield f"{statuses[202]} requests were accepted, fewer than {LEAST_ACCEPTED}."
    if broken := sum(count for status, count in statuses.items() if status >= 500):
        yield f"{broken} requests were answered 5xx."
    errors = Counter(
        f"{run['function']}: {run['error']}"
        for run in state["invocations"]
        if run["error"] and "batchItemFailures" not in run["error"]  # an order that waits for adds
    )
    yield from (f"{error} ({count} times)" for error, count in errors.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
