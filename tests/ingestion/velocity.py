"""Velocity as API Gateway has it: Apache Velocity 1.7 in Java where that is installed.

`make referees` installs it on Debian and Ubuntu. Elsewhere airspeed stands in, which is Velocity in
Python and knows nothing of Java's types: it takes a Long where a method wants an int.
"""

import atexit
import re
import shutil
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_plus

import airspeed
import msgspec

_JARS: Final = [
    Path("/usr/share/java") / f"{name}.jar"
    for name in ("velocity", "commons-collections3", "commons-lang")
]
IS_JAVA: Final = shutil.which("javac") is not None and all(jar.exists() for jar in _JARS)
"""Whether templates are evaluated by Apache Velocity itself."""

_PROGRAM: Final = Path(__file__).with_name("Velocity.java")
_INPUT: Final = re.compile(r"\$input\.(json|path)\('([^']*)'\)")


@dataclass(frozen=True)
class Evaluated:
    """What a template made: the text, and the status that it set, if it did."""

    text: str
    status: str | None = None


def evaluate(
    template: str, body: Any, context: Mapping[str, Any], stage_variables: Mapping[str, str]
) -> Evaluated:
    """Evaluate a mapping template for a body, ``$context`` and ``$stageVariables``."""
    variables = {"context": context, "stageVariables": stage_variables}
    return (_with_java if IS_JAVA else _with_airspeed)(template, body, variables)


def _at(body: Any, path: str) -> Any:
    name = path.removeprefix("$").removeprefix(".")
    return body[name] if name else body


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _with_java(template: str, body: Any, variables: Mapping[str, Any]) -> Evaluated:
    lines = [_word(template)]
    for method, path in _INPUT.findall(template):
        value = _at(body, path)
        lines.append(_line(f"{method}:{path}", _json(value) if method == "json" else value))
    lines += [_line(path, value) for path, value in _flat(variables)]
    process = _java()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n".join(lines) + "\n\n")
    process.stdin.flush()
    text, status = (b64decode(word).decode() for word in process.stdout.readline().split())
    return Evaluated(text, None if status == "null" else status)


def _flat(variables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in variables.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _line(path: str, value: Any) -> str:
    """Name a variable with its type in Java: what does not fit into an int is a Long."""
    kind = "String"
    if isinstance(value, int):
        kind = "Integer" if abs(value) < 1 << 31 else "Long"
    return f"{_word(path)} {kind} {_word(str(value))}"


def _word(text: str) -> str:
    return b64encode(text.encode()).decode()


@cache
def _java() -> subprocess.Popen[str]:
    classes = ":".join(map(str, _JARS))
    process = subprocess.Popen(  # noqa: S603 - this folder's own program
        ["java", "-XX:TieredStopAtLevel=1", "-cp", classes, str(_PROGRAM)],  # noqa: S607
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.kill)
    return process


def _substring(text: str, start: int, end: int | None = None) -> str:
    end = len(text) if end is None else end
    assert 0 <= start <= end <= len(text)  # or Java raises an error
    return text[start:end]


# The methods of Java's strings that airspeed lacks.
airspeed.__additional_methods__[str].update(
    {
        # airspeed takes "\\'" for an escape, Velocity for the regular expression that it is.
        "replaceAll": lambda text, pattern, new: text.replace(pattern, new),
        "indexOf": lambda text, part: text.find(part),
        "substring": _substring,
    }
)


class _Input:
    def __init__(self, body: Any) -> None:
        self._body = body

    def json(self, path: str) -> str:
        return _json(_at(self._body, path))

    def path(self, path: str) -> Any:
        return _at(self._body, path)


class _Util:
    def escapeJavaScript(self, text: str) -> str:  # noqa: N802
        """Escape as API Gateway does: single quotes, too, which is not JSON, and slashes."""
        escaped = _json(str(text))[1:-1]
        return escaped.replace("'", "\\'").replace("/", "\\/")

    def urlEncode(self, text: str) -> str:  # noqa: N802
        return quote_plus(text)


def _with_airspeed(template: str, body: Any, variables: Mapping[str, Any]) -> Evaluated:
    context = {**variables["context"], "responseOverride": {}}
    given = {**variables, "context": context, "input": _Input(body), "util": _Util()}
    text: str = airspeed.Template(template).merge(given)
    status = context["responseOverride"].get("status")
    return Evaluated(text, None if status is None else str(status))
