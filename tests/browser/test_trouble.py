"""What a customer sees when something does not work, and what is left of it afterwards."""

from playwright.sync_api import expect

from tests.browser.people import MUG
from tests.support.seconds import HOUR, MINUTE

SENCHA = "Sencha, 100 g"
FOREVER = 1_000


def test_a_job_that_fails_for_good_is_said_in_words_and_can_be_tried_again(ada, cloud):
    cloud.fail("function:persist_cart", FOREVER)
    ada.add(MUG, 2)
    expect(ada.progress(MUG)).to_have_text("Accepted …")
    cloud.advance(10 * MINUTE)
    expect(ada.cart).to_contain_text(f"{MUG} could not be put in your cart.")
    expect(ada.lines).to_have_count(0)
    cloud.fail("function:persist_cart", 0)
    ada.button("Try again").click()
    expect(ada.progress(MUG)).to_have_text("In your cart: 2")
    expect(ada.cart).not_to_contain_text("could not be put")


def test_an_add_that_the_bus_did_not_take_is_sent_again_and_counts_once(ada, cloud):
    statuses = []
    ada.page.on("response", lambda answer: statuses.append((answer.url, answer.status)))
    ada.page.clock.install()
    ada.open()
    cloud.fail("events", FOREVER)
    ada.add(MUG)
    expect(ada.banner).to_contain_text("The shop is busy right now.")
    cloud.fail("events", 0)
    ada.page.clock.fast_forward("01:00")
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")
    expect(ada.banner).to_be_empty()
    assert (f"{cloud.url}cart", 503) in statuses


def test_an_add_whose_answer_was_lost_is_sent_again_and_counts_once(ada, cloud):
    def lose_the_answer(route):
        route.fetch()
        route.abort()

    ada.page.route("**/cart", lose_the_answer, times=1)
    ada.add(MUG)
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")
    ids = {event["detail"]["metadata"]["event_id"] for event in cloud.adds()}
    assert len(ids) == 2


def test_what_was_not_sent_survives_a_reload(ada):
    ada.page.route("**/cart", lambda route: route.abort())
    ada.add(MUG)
    expect(ada.banner).to_contain_text("The shop cannot be reached.")
    ada.page.unroute("**/cart")
    ada.open()
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")


def test_offline_is_said_plainly_and_what_was_added_is_sent_afterwards(ada):
    ada.context.set_offline(True)
    ada.add(MUG)
    expect(ada.banner).to_contain_text("You are offline.")
    expect(ada.line(MUG)).to_be_visible()
    ada.context.set_offline(False)
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")
    expect(ada.banner).to_be_empty()


def test_a_slow_answer_is_waited_for_in_words(ada):
    held = []

    def hold(route):
        if route.request.method == "GET" or held:
            route.fallback()
        else:
            held.append(route)

    ada.page.clock.install()
    ada.open()
    ada.page.route("**/cart", hold)
    ada.add(MUG)
    expect(ada.progress(MUG)).to_have_text("Sending …")
    ada.page.clock.run_for(3_000)
    expect(ada.banner).to_contain_text("The network is slow.")
    held[0].continue_()
    ada.page.clock.resume()
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")
    expect(ada.banner).to_be_empty()


def test_a_shop_that_never_answers_is_given_up_and_asked_again_on_demand(ada):
    ada.page.clock.install()
    ada.open()
    ada.page.route("**/cart", lambda route: route.abort())
    ada.add(MUG)
    expect(ada.banner).to_contain_text("The shop cannot be reached.")
    for _ in range(100):
        ada.page.clock.run_for(1_000)
    expect(ada.banner).to_contain_text("The shop does not answer.")
    expect(ada.progress(MUG)).to_have_text("Kept, not sent yet.")
    ada.page.unroute("**/cart")
    ada.page.clock.resume()
    ada.button("Try again").click()
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")


def test_asking_stops_after_some_minutes_and_goes_on_when_wanted(ada, cloud):
    cloud.fail("function:persist_cart", 1)
    ada.page.clock.install()
    ada.open()
    ada.add(MUG)
    expect(ada.progress(MUG)).to_have_text("Accepted …")
    ada.page.clock.fast_forward("06:00")
    expect(ada.banner).to_contain_text("takes unusually long")
    expect(ada.progress(MUG)).to_have_text("Accepted, but not confirmed yet.")
    cloud.advance(2 * MINUTE)
    ada.button("Look again").click()
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")
    expect(ada.banner).to_be_empty()


def test_an_expired_session_asks_to_sign_in_again_and_loses_nothing(ada, cloud):
    ada.add(MUG)
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")
    cloud.advance(2 * HOUR)
    ada.add(SENCHA)
    expect(ada.banner).to_contain_text("Your session has ended.")
    expect(ada.progress(SENCHA)).to_have_text("Kept until you sign in.")
    ada.banner.get_by_role("button", name="Sign in").click()
    expect(ada.button("I am Ada")).to_be_focused()
    ada.sign_in("Ada")
    expect(ada.progress(SENCHA)).to_have_text("In your cart: 1")
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")
    expect(ada.banner).to_be_empty()


def test_what_one_customer_left_unsent_is_not_sent_for_the_next(ada, cloud):
    cloud.advance(2 * HOUR)
    ada.add(MUG)
    expect(ada.banner).to_contain_text("Your session has ended.")
    ada.sign_in("Grace")
    expect(ada.cart).to_contain_text("Your cart is empty.")
    assert cloud.adds() == []


def test_a_change_whose_key_was_used_for_another_one_is_told_and_tried_with_a_new_key(ada, cloud):
    def repeat(route):
        request_id = route.request.url.rpartition("/")[2]
        counted = {"event": "ItemAddedToCart", "sku": "TEA-EARL-100", "quantity": 1}
        route.fulfill(json={"status": "repeated", "request_id": request_id, "counted": counted})

    keys = []
    ada.page.on(
        "request",
        lambda request: (
            keys.append(request.headers["idempotency-key"]) if request.method == "POST" else None
        ),
    )
    ada.page.route("**/cart/requests/*", repeat)
    ada.add(MUG)
    problem = ada.page.locator("#problems")
    expect(problem).to_contain_text("Something else was done in its place.")
    ada.page.unroute("**/cart/requests/*")
    ada.button("Try again").click()
    expect(problem).to_be_hidden()
    assert len(set(keys)) == len(keys) == 2


def test_a_removal_comes_after_the_add_that_it_follows_whatever_the_clocks_say(ada):
    """The machine that takes the add has a clock that is four seconds ahead."""

    def accept_ahead(route):
        if route.request.method == "POST":
            after = later(accepted.value.json()["request_id"], seconds=4)
            route.continue_(headers={**route.request.headers, "after": after})
        else:
            route.fallback()

    with ada.page.expect_response(lambda answer: answer.request.method == "POST") as accepted:
        ada.add(SENCHA)
    ada.page.route("**/cart", accept_ahead)
    ada.add(MUG)
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")
    ada.open()
    ada.button(f"Remove {MUG}").click()
    expect(ada.announced).to_have_text(f"{MUG} was removed from your cart.")
    ada.open()
    expect(ada.line(SENCHA)).to_be_visible()
    expect(ada.line(MUG)).to_have_count(0)


def test_a_shop_that_knows_no_request_of_a_time_to_come_is_asked_without_it(ada):
    """The clock of the local cloud starts anew with it, and the tab stays open."""
    with ada.page.expect_response(lambda answer: answer.request.method == "POST") as accepted:
        ada.add(SENCHA)
    expect(ada.progress(SENCHA)).to_have_text("In your cart: 1")
    after = later(accepted.value.json()["request_id"], seconds=HOUR)
    keep = "after => Object.entries(sessionStorage).filter(([name]) => name.startsWith('changes'))"
    keep += ".forEach(([name, kept]) => sessionStorage.setItem(name, JSON.stringify({after})))"
    ada.page.evaluate(keep, after)
    ada.open()
    ada.add(MUG)
    expect(ada.progress(MUG)).to_have_text("In your cart: 1")
    expect(ada.page.locator("#problems")).to_be_hidden()


def later(request_id, seconds):
    """Return the id that a request would have had so much later."""
    moment = int(request_id.replace("-", "")[:12], 16) + 1_000 * seconds
    digits = f"{moment:012x}"
    return f"{digits[:8]}-{digits[8:]}{request_id[13:]}"
