"""``python -m chalicelib.extensions.next_reminder.tests``: play many histories of plans."""

import json
import sys
from collections import Counter
from pathlib import Path

import click

from chalicelib.extensions.next_reminder.tests.lives import Lives


@click.command()
@click.option("--seeds", default=200, show_default=True, help="How many histories to play.")
@click.option("--log", type=Path, help="Keep the figures of each history here; play only others.")
def main(seeds: int, log: Path | None) -> None:
    """Play random histories of plans of reminders, each against what is promised of them."""
    lines = log.read_text(encoding="utf-8").splitlines() if log and log.exists() else []
    played = {line["seed"]: Counter(line["figures"]) for line in map(json.loads, lines)}
    broken = 0
    for seed in range(seeds):
        if seed in played:
            continue
        lives = Lives(seed)
        if problems := lives.play():
            broken += 1
            click.echo("\n  ".join([f"Seed {seed} breaks a promise:", *problems]))
            continue
        played[seed] = lives.figures()
        if log:
            with log.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"seed": seed, "figures": played[seed]}) + "\n")
    totals = sum((played.get(seed, Counter()) for seed in range(seeds)), Counter[str]())
    for name, count in sorted(totals.items()):
        click.echo(f"{count:>10,}  {name}")
    sys.exit(f"{broken:,} histories break a promise." if broken else None)


if __name__ == "__main__":
    main()
