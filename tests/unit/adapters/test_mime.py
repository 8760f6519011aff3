"""What a header field says is what was put into it, on every Python that there is."""

import json
import subprocess
import sys
from email import message_from_string
from email.policy import default
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings

from chalicelib.adapters import mime
from chalicelib.domain.plain_text import one_line
from tests.support import strategies
from tests.support.mails import ADDRESS, check_name, display_name

pytestmark = pytest.mark.own_shop

ROOT = Path(__file__).parents[3]
LATEST = {
    python.parent.parent.name.rpartition(".")[0]: python
    for python in sorted((Path.home() / ".pyenv/versions").glob("3.1[1-9].*/bin/python"))
}
PYTHONS = [Path(sys.executable), *LATEST.values()]


@given(strategies.names)
def test_no_name_can_write_another_header_or_the_body(name: str) -> None:
    check_name(name)


@cache
def drawn_names() -> list[str]:
    """Return what the property above is tried with."""
    names: list[str] = ["a", "é" * 100, "😀" * 100, "a" * 100, '"' * 100, "\\" * 99, "a, " * 33]

    @settings(max_examples=300)
    @given(strategies.names)
    def collect(name: str) -> None:
        names.append(name)

    collect()
    return names


@pytest.mark.parametrize("python", PYTHONS, ids=str)
def test_no_name_can_write_another_header_on_this_python(python: Path) -> None:
    done = subprocess.run(  # noqa: S603 - an interpreter that is installed here
        [python, "-m", "tests.support.mails"],
        input=json.dumps(drawn_names()),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert " names on Python 3.1" in done.stdout


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("", "ada@example.com"),
        ("Ada Lovelace", "Ada Lovelace <ada@example.com>"),
        ("O'Neill", "O'Neill <ada@example.com>"),
        ("Lovelace, Ada", '"Lovelace, Ada" <ada@example.com>'),
        ('Ada "A" \\', '"Ada \\"A\\" \\\\" <ada@example.com>'),
        ("a@b.example", '"a@b.example" <ada@example.com>'),
        ("Žofie", "=?utf-8?b?xb1vZmll?=\r\n <ada@example.com>"),
        ("=?utf-8?q?Ada?=", "=?utf-8?b?PT91dGYtOD9xP0FkYT89?=\r\n <ada@example.com>"),
    ],
)
def test_a_mailbox_in_a_header_field(name: str, field: str) -> None:
    assert mime.mailbox(name, ADDRESS) == field


@pytest.mark.parametrize(
    "name",
    [
        "Vasquez de la Fuente y Montenegro del Castillo, Maria Guadalupe Esperanza Josefina",
        "Vasquez de la Fuente y Montenegro del Castillo, María Guadalupe Esperanza Josefina",
        '"Wolfe" (the Elder), ' * 4,
        "é" * 100,
        "👨\u200d👩\u200d👧\u200d👦" * 14,
        "ශ්\u200dරීමතී " * 12,
    ],
)
def test_a_long_name_arrives_as_it_was_typed(name: str) -> None:
    assert display_name(mime.mailbox(name, ADDRESS)) == name.strip()


@given(strategies.script_names)
def test_a_name_of_short_words_is_broken_between_them(name: str) -> None:
    """Readers that keep white space between encoded words then find two spaces instead of one."""
    read = message_from_string(f"To: {mime.mailbox(name, ADDRESS)}\r\n\r\n", policy=default)
    words = read["To"].addresses[0].display_name.split()
    assert words == one_line(name).split()


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("You left 2 items in your cart", "You left 2 items in your cart"),
        ("Win\r\nBcc: eve@example.com", "Win Bcc: eve@example.com"),
        ("Zwölf", "=?utf-8?b?WnfDtmxm?="),
        ("=?utf-8?q?a=0D=0ABcc:_x?=", "=?utf-8?b?PT91dGYtOD9xP2E9MEQ9MEFCY2M6X3g/PQ==?="),
    ],
)
def test_a_subject_in_a_header_field(text: str, field: str) -> None:
    assert mime.unstructured(text) == field


def test_an_encoded_word_is_as_long_as_it_may_be_before_the_next_one_begins() -> None:
    first, second = f"=?utf-8?q?=C3=A9{'a' * 49}?=", f"=?utf-8?q?{'a' * 51}?="
    assert mime.unstructured("é" + "a" * 100) == f"{first}\r\n {second}"
    assert len(f"Subject: {first}") == 76


@pytest.mark.parametrize("letters", [48, 49, 50])
def test_a_word_begins_an_encoded_word_of_its_own_if_that_has_room_for_it(letters: int) -> None:
    its_own = f"?=\r\n =?utf-8?q?=C3=A9{'a' * letters}?="
    assert mime.unstructured("é é" + "a" * letters).endswith(its_own) == (letters < 50)
