"""What customers do in the shop: they look around, sign in and add."""

from typing import Final

from infra.operations.verify.steps import (
    BOUNCER,
    READER,
    SECONDS_TO_HAPPEN,
    UNLUCKY,
    expect,
    milliseconds,
    until_succeeded,
)
from infra.operations.verify.trail import trail_of
from infra.operations.verify.visit import Differs, NotLookedAt, Visit

WARM_ADDS: Final = 10


def shop(visit: Visit) -> str:
    """Everybody sees the shop and its products."""
    page = visit.deployed.send("GET", "/")
    products = visit.deployed.send("GET", "/products")
    expect("GET /", page, 200)
    expect("GET /products", products, 200)
    sold = {product.sku for product in visit.catalog}
    if {product["sku"] for product in products.body["products"]} != sold:
        raise Differs("GET /products answers other products than chalicelib/shop has.")
    return f"{len(sold)} products"


def strangers(visit: Visit) -> str:
    """A cart is for those who have signed in."""
    for headers in ({}, {"Authorization": "Bearer made.up.token"}):
        answer = visit.deployed.send("GET", "/cart", headers=headers)
        expect("GET /cart without a valid token", answer, 401)
        told = answer.body.get("error", {}).get("code")
        if visit.deployed.shapes_errors and told != "unauthorized":
            raise Differs(
                "GET /cart without a valid token has an error of AWS's shape: `infra deploy` sets "
                "the API's own, and `chalice deploy` resets it."
            )
    return "401, in the API's own shape" if visit.deployed.shapes_errors else "401"


def guests(visit: Visit) -> str:
    """A guest gets a cart."""
    made = visit.deployed.send("POST", "/guest")
    expect("POST /guest", made, 201)
    token = {"Guest-Token": made.body["guest_token"]}
    expect("GET /guest/cart", visit.deployed.send("GET", "/guest/cart", headers=token), 200)
    return "a token, and an empty cart for it"


def sign_in(visit: Visit) -> str:
    """A customer of the user pool signs in."""
    visit.sign_up(READER, "success")
    visit.sign_up(BOUNCER, "bounce")
    visit.sign_up(UNLUCKY, "success", verified=False)
    for customer in visit.customers.values():
        expect("GET /cart", visit.deployed.send("GET", "/cart", customer=customer), 200)
    return f"{len(visit.customers)} customers with carts of their own"


def add(visit: Visit) -> str:
    """An add is accepted at once, and succeeds."""
    sku = visit.product().sku
    asked = visit.deployed.now()
    visit.requests["add"] = visit.add(visit.customer(READER), sku)
    accepted = visit.deployed.now()
    visit.requests["bouncer's add"] = visit.add(visit.customer(BOUNCER), sku)
    _add_what_fails(visit)
    until_succeeded(visit, READER, visit.requests["add"])
    done = visit.deployed.now()
    visit.figures["first add accepted"] = milliseconds(accepted - asked)
    visit.figures["first add in the cart"] = milliseconds(done - asked)
    cart = visit.deployed.send("GET", "/cart", customer=visit.customer(READER))
    if [(item["sku"], item["quantity"]) for item in cart.body["items"]] != [(sku, 1)]:
        raise Differs("The add has succeeded, but GET /cart does not show it.")
    return "202, then succeeded, then in the cart"


def _add_what_fails(visit: Visit) -> None:
    try:
        failing = visit.product(failing=True)
    except NotLookedAt:
        return
    visit.requests["failing add"] = visit.add(visit.customer(UNLUCKY), failing.sku)


def results(visit: Visit) -> str:
    """The results of persist_cart come to the bus by a destination."""
    request, function = visit.request("add"), visit.deployed.names.function("persist_cart")

    def has_reported() -> bool:
        return any(
            event["detail"]["requestContext"]["functionArn"].split(":")[6] == function
            for event in visit.events_about(request)
        )

    if not visit.eventually(has_reported, SECONDS_TO_HAPPEN):
        raise Differs(
            f"No result of {function} came to the bus: does it have destinations, "
            f"and may its role put events? {trail_of(visit, request)}"
        )
    return function


def figures(visit: Visit) -> str:
    """More adds are accepted and succeed, and how fast."""
    if not visit.figures:
        raise NotLookedAt("The first add did not succeed.")
    customer, sku = visit.customer(UNLUCKY), visit.product().sku
    accepted, done = [], []
    for _ in range(WARM_ADDS):
        asked = visit.deployed.now()
        request = visit.add(customer, sku)
        accepted.append(visit.deployed.now() - asked)
        until_succeeded(visit, UNLUCKY, request)
        done.append(visit.deployed.now() - asked)
    visit.figures["next adds accepted (median)"] = milliseconds(sorted(accepted)[WARM_ADDS // 2])
    visit.figures["next adds in the cart (median)"] = milliseconds(sorted(done)[WARM_ADDS // 2])
    return f"{WARM_ADDS} more adds"
