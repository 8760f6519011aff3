"""The customers and guests of a world, each known by a name and met when first asked for."""

import base64
import json

from infra.local.cloud import LocalCloud
from tests.simulation.cast import CUSTOMERS
from tests.simulation.evidence import Evidence
from tests.simulation.observed import START, Customer
from tests.simulation.steps import Move
from tests.support.shopper import Guest, Shopper, new_guest

Person = Shopper | Guest


class People:
    """Signs customers in, and has the API give guests a token."""

    def __init__(self, cloud: LocalCloud, evidence: Evidence) -> None:
        self._cloud = cloud
        self._evidence = evidence
        self._known: dict[str, Person] = {}

    def find(self, name: str) -> Person | None:
        """Return a customer or guest, None if it is a new guest whom the API does not answer."""
        if name not in self._known:
            found = self._customer(name) if name in CUSTOMERS else self._guest(name)
            if found is None:
                return None
            self._known[name] = found
        return self._known[name]

    def get(self, name: str) -> Person:
        """Return a customer or guest who has been here before."""
        return self._known[name]

    def token_of(self, guest: str) -> str:
        """Return the token of a guest who has been here before."""
        known = self._known[guest]
        assert isinstance(known, Guest)
        return known.token

    def _customer(self, name: str) -> Shopper:
        email = CUSTOMERS[name]
        token = self._cloud.sign_in(email, name.title())
        self._evidence.customers[name] = [Customer(START, email, name.title())]
        self._evidence.ledger.cart_ids[name] = _subject_of(token)
        return Shopper(self._cloud, email)

    def move(self, step: Move) -> None:
        """Have a customer be reached at another address, and called by another name."""
        self.find(step.customer)
        contacts = self._evidence.customers[step.customer]
        self._cloud.parts.identity.change_address(contacts[-1].email, step.email)
        contacts.append(Customer(self._cloud.clock.now(), step.email, step.name))
        self._known[step.customer] = Shopper(self._cloud, step.email, step.name)

    def _guest(self, name: str) -> Guest | None:
        guest = new_guest(self._cloud)
        if guest is not None:
            self._evidence.ledger.cart_ids[name] = guest.token.partition(".")[0]
        return guest


def _subject_of(token: str) -> str:
    claims = token.split(".")[1]
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return str(decoded["sub"])
