"""The command that plays many histories: what was played before is not played again."""

import json

from click.testing import CliRunner

from tests.simulation.__main__ import main


def test_what_the_log_has_is_counted_and_not_played_again(tmp_path):
    log = tmp_path / "histories.jsonl"
    figures = {"histories": 1, "CPU milliseconds": 500}
    log.write_text("".join(json.dumps({"seed": n, "figures": figures}) + "\n" for n in (0, 1, 9)))
    result = CliRunner().invoke(main, ["--seeds", "2", "--log", str(log)])
    assert result.exit_code == 0
    assert "2  histories" in result.output
    assert "2.0 histories a CPU second. No promise was broken." in result.output
