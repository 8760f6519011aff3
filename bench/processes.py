"""Starts and warm calls of the API's function and of its references, in instructions."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bench import packages, samples, tls
from bench.instructions import Program, Subject, each, start

MEGA: Final = 1_000_000
Measurement = Callable[[], float]

_CLIENT_OF_BOTO3: Final = "import boto3; boto3.client('events')"
_CLIENT_OF_OURS: Final = "import app; from chalicelib.adapters import sdk; sdk.client('events')"


@dataclass(frozen=True)
class Subjects:
    """What is measured: this application as packaged, without bytecode, and the references."""

    cart: Subject
    cart_without_bytecode: Subject
    bare: Subject
    chalice: Subject
    powertools: Subject
    consumers: Mapping[str, Subject]

    @classmethod
    def built(cls, sdk: str = packages.SDK) -> "Subjects":
        """Build the packages, with this version of the SDK beside them."""
        runtime = packages.runtime(sdk)
        request, lines = samples.add_request(), samples.lines()
        cart = (packages.cart(bytecode=True), runtime)

        def subject(handler: str, package: Path) -> Subject:
            return Subject(handler, request, lines, (package, runtime))

        return cls(
            cart=subject("app:app", cart[0]),
            cart_without_bytecode=subject("app:app", packages.cart(bytecode=False)),
            bare=subject("bare_function:handler", packages.bare_function()),
            chalice=subject("chalice_boto3:app", packages.chalice_boto3()),
            powertools=subject("powertools_pydantic:handler", packages.powertools_pydantic()),
            consumers={
                name: Subject(f"chalicelib.entrypoints.consumers:{name}", sample(), lines, cart)
                for name, sample in samples.CONSUMED.items()
            }
            | {
                samples.WITHOUT_A_CALL_NAME: Subject(
                    f"chalicelib.entrypoints.consumers:{samples.WITHOUT_A_CALL[0]}",
                    samples.WITHOUT_A_CALL[1](),
                    lines,
                    cart,
                )
            },
        )


def measure() -> Iterator[tuple[str, float]]:
    """Yield each measurement's name and its instructions, in millions, as they are counted."""
    subjects = Subjects.built()
    with (
        tls.server(keep_alive=True) as kept,
        tls.server(keep_alive=False) as closed,
        ThreadPoolExecutor(max_workers=2) as pool,
    ):
        measurements = {
            **dict(_starts(subjects)),
            **dict(_connected(subjects, kept, closed)),
            **dict(_warm(subjects)),
            **dict(_warm_with_older_sdk()),
        }
        counts = pool.map(lambda one: one() / MEGA, measurements.values())
        yield from zip(measurements, counts, strict=True)


def sizes() -> dict[str, int]:
    """Return the bytes of a request's log lines, and of the package with and without bytecode."""
    subjects = Subjects.built()
    return {
        "log_bytes": len(subjects.cart.invoked().output().encode()),
        "log_lines": len(subjects.cart.invoked().output().splitlines()),
        "zip_bytes": packages.cart_zip(bytecode=True).stat().st_size,
        "zip_bytes_of_sources": packages.cart_zip(bytecode=False).stat().st_size,
    }


def _starts(subjects: Subjects) -> Iterator[tuple[str, Measurement]]:
    cart, plain = subjects.cart, subjects.cart_without_bytecode

    def program(code: str, subject: Subject) -> Measurement:
        return Program(("-c", code), subject.folders).instructions

    yield "python", program("pass", cart)
    yield "client of boto3", program(_CLIENT_OF_BOTO3, cart)
    yield "import", program("import app", cart)
    yield "import and client", program(_CLIENT_OF_OURS, cart)
    yield "start", partial(start, cart)
    many = {"SHOP_FOLDER": str(packages.shop_with(1_000))}
    yield "start with 1,000 products", partial(start, cart, **many)
    yield "start without bytecode", partial(start, plain)
    everything = {"AWS_DATA_PATH": "/nowhere"}
    yield "start with all models", partial(start, cart, **everything)
    yield "start with neither", partial(start, plain, **everything)
    yield "start chalice", partial(start, subjects.chalice)
    yield "start powertools", partial(start, subjects.powertools)
    for name, subject in subjects.consumers.items():
        # The stub loads the SDK, which this function does without.
        wire = "network" if name == samples.WITHOUT_A_CALL_NAME else "stub"
        yield f"start {name}", partial(start, subject, wire)


def _connected(subjects: Subjects, kept: str, closed: str) -> Iterator[tuple[str, Measurement]]:
    few = {"AWS_CA_BUNDLE": str(tls.AMAZONS)}
    many = {"AWS_CA_BUNDLE": str(tls.EVERYBODYS)}
    for name, subject, trusted in (
        ("cart", subjects.cart, few),
        ("cart trusting many", subjects.cart, many),
        ("chalice", subjects.chalice, many),
        ("powertools", subjects.powertools, many),
    ):
        yield f"tls {name}", partial(start, subject, "network", AWS_ENDPOINT_URL=kept, **trusted)
    for name, subject, trusted in (
        ("cart", subjects.cart, few),
        ("bare", subjects.bare, many),
    ):
        yield (
            f"connecting {name}",
            partial(each, subject, "network", 8, AWS_ENDPOINT_URL=closed, **trusted),
        )


def _warm(subjects: Subjects) -> Iterator[tuple[str, Measurement]]:
    for name in ("cart", "bare", "chalice", "powertools"):
        yield f"warm {name}", partial(each, getattr(subjects, name))
    yield "warm own code", partial(each, subjects.cart, "none")
    yield "warm PutEvents", partial(each, _put_events(subjects.bare))


def _warm_with_older_sdk() -> Iterator[tuple[str, Measurement]]:
    subjects = Subjects.built(packages.OLDER_SDK)
    yield "warm cart, older SDK", partial(each, subjects.cart)
    yield "warm bare, older SDK", partial(each, subjects.bare)
    yield "warm PutEvents, older SDK", partial(each, _put_events(subjects.bare))


def _put_events(bare: Subject) -> Subject:
    """Return the default call alone: the bare function without what it does around it."""
    return Subject("bare_function:put_events", bare.event, bare.lines, bare.folders)
