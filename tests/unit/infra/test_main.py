"""What ``python -m infra --help`` tells."""

import click
import pytest

from infra.__main__ import cli

LINE = 78
COMMANDS = list(cli.commands.values())


def name_of(command: click.Command) -> str:
    return str(command.name)


@pytest.mark.parametrize("command", COMMANDS, ids=name_of)
def test_a_command_is_listed_with_a_whole_sentence(command: click.Command) -> None:
    room = LINE - max(len(name) for name in cli.commands) - 6
    sentence = command.get_short_help_str(room)
    assert not sentence.endswith("...")
    assert (command.help or "").startswith(sentence)
    assert sentence.endswith(".") or command.help == f"{sentence}."


@pytest.mark.parametrize("command", COMMANDS, ids=name_of)
def test_each_option_says_in_a_sentence_what_it_does(command: click.Command) -> None:
    for option in command.params:
        if isinstance(option, click.Option):
            text, _, default = (option.help or "").partition("  [default: ")
            assert text.endswith("."), option.name
            assert len(text.split()) > 2, option.name
            assert not default or default.endswith("]"), option.name
