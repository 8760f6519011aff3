"""``python -m bench.load``: play every scenario, and write what came of it to docs/."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import click

from bench.load import plot
from bench.load.scenarios import HOUR_OF_40_000, HOUR_OF_A_MILLION, SCENARIOS, Figures, play

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGE: Final = DOCS / "scale.md"
DRAWING: Final = DOCS / "images" / "load.svg"
BEGIN: Final = "<!-- make load -->\n"
END: Final = "<!-- end of make load -->"


def targets(played: Sequence[Figures]) -> list[tuple[str, float, float]]:
    """Return what is promised: what, what came out, and what it may be at most."""
    by_name = {figures.scenario.name: figures for figures in played}
    usual, million = by_name[HOUR_OF_40_000], by_name[HOUR_OF_A_MILLION]
    away = next(one for one in played if one.scenario.outage > 3_600)
    return [
        ("dead letters at 40,000 carts an hour, 14 mails a second", usual.dead, 0),
        ("minutes from due by which 99 % are sent, same load", usual.late_by(0.99) / 60, 2),
        ("dead letters after SES was away for two hours", away.dead, 0),
        (
            "time to mail 1,000,000 carts at 100 a second ÷ (1,000,000 ÷ 100 a second)",
            million.times_the_carts_at_the_rate,
            1.05,
        ),
    ]


_HEAD: Final = (
    *("scenario", "mails a second", "half late by", "99 % late by", "last mail after"),
    *("÷ least possible", "refused by SES", "dead letters", "not scheduled", "alarms"),
)


def section(played: Sequence[Figures]) -> str:
    """Return the tables of docs/scale.md."""
    kept = [
        (what, f"{result:.4g}", f"≤ {most:g}", "kept" if result <= most else "**missed**")
        for what, result, most in targets(played)
    ]
    return _table(_HEAD, map(_row, played)) + "\n" + _table(("", "result", "target", ""), kept)


def _row(figures: Figures) -> Sequence[str]:
    return (
        figures.scenario.name,
        str(figures.scenario.rate),
        _time(figures.late_by(0.5)),
        _time(figures.late_by(0.99)),
        _time(figures.lasted),
        f"{figures.times_the_least:.2f}",
        f"{figures.refusals:,}",
        f"{figures.dead:,}",
        f"{figures.unscheduled:,}",
        ", ".join(figures.alarms) or "none",
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _time(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


@click.command()
def main() -> None:
    """Play every scenario, write the tables in docs/scale.md and draw docs/images/load.svg."""
    played = []
    for scenario in SCENARIOS:
        click.echo(scenario.name)
        played.append(play(scenario))
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + section(played) + END + after, encoding="utf-8")
    DRAWING.write_text(plot.svg(played), encoding="utf-8")
    click.echo(f"Wrote {PAGE} and {DRAWING}")
    missed = [what for what, result, most in targets(played) if result > most]
    if missed:
        raise click.ClickException(f"Missed: {'; '.join(missed)}.")


if __name__ == "__main__":
    main(prog_name="python -m bench.load")
