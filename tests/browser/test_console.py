"""What the console shows of the local cloud, and what can be done from there."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Route, expect

from tests.browser.accessibility import assert_accessible, assert_fits_every_screen
from tests.browser.people import Cloud
from tests.browser.watcher import Watcher
from tests.support.seconds import HOUR

MAIL = "Mail configuration"
"""The place in the diagram that counts every mail; the inbox lists the latest."""


def number_at(watcher: Watcher, place: str, unit: str) -> int:
    """Return how many of something the diagram counts at a place."""
    label = watcher.place(place).get_attribute("aria-label") or ""
    found = re.search(rf"(\d+) {unit}", label)
    return int(found[1]) if found else 0


def test_an_event_is_counted_wherever_it_comes_by(watcher: Watcher):
    places = {
        "API": ("accepted", 1),
        "persist_cart": ("run", 1),
        "schedule_reminder": ("run", 1),
        "Table": ("write", 1),
        "Results log": ("lines", 2),  # one of each consumer
    }
    before = {place: number_at(watcher, place, unit) for place, (unit, _) in places.items()}
    watcher.fill_cart()
    for place, (unit, more) in places.items():
        name = re.compile(rf": {before[place] + more} {unit}")
        expect(watcher.place(place)).to_have_attribute("aria-label", name)


def test_an_event_is_seen_on_its_way(watcher: Watcher):
    watcher.page.evaluate(
        """() => {
          let dots = 0;
          const layer = document.querySelector("#diagram svg > g:last-child");
          new MutationObserver((changes) => {
            for (const { addedNodes } of changes) dots += addedNodes.length;
            document.body.dataset.dots = dots;
          }).observe(layer, { childList: true });
        }"""
    )
    watcher.fill_cart()
    expect(watcher.page.locator("body")).to_have_attribute("data-dots", re.compile(r"[89]|\d\d"))
    expect(watcher.page.locator("#diagram .dot")).to_have_count(0)


def test_nothing_travels_for_those_who_want_no_motion(watch: Callable[..., Watcher]):
    watcher = watch(reduced_motion="reduce")
    watcher.fill_cart()
    expect(watcher.page.locator("#diagram .path.lit").first).to_be_attached()
    assert watcher.page.locator("#diagram .dot").count() == 0


def test_one_click_follows_a_request_through_every_hop(watcher: Watcher):
    watcher.fill_cart()
    watcher.button("Jump to the reminder").click()
    added = watcher.hops.filter(has_text="ItemAddedToCart").first
    added.get_by_role("button").click()
    story = watcher.page.locator(".hop .what")
    expect(story.first).to_have_text("POST /cart")
    for what in ("persist_cart", "record-success", "CartReminderDue", "send_reminder", "ses"):
        expect(story.filter(has_text=what).first).to_be_attached()
    expect(watcher.page.locator("#following-words")).to_contain_text("from its beginning")
    followed = re.compile(r"\bfollowed\b")
    for rule in ("persist-cart", "schedule-reminder", "queue-reminder", "record-success"):
        expect(watcher.path(rule)).to_have_class(followed)
    for rule in ("record-failure", "mail-feedback"):
        expect(watcher.path(rule)).not_to_have_class(followed)
    watcher.page.keyboard.press("Escape")
    expect(watcher.page.locator("#following")).to_be_hidden()
    expect(watcher.page.locator("#diagram .followed")).to_have_count(0)


BUS = "events:cart"


@pytest.mark.parametrize(
    ("hop", "came_by"),
    [
        (
            {"kind": "schedule", "outcome": "due soon", "function": "cart-local-schedule_reminder"},
            "lambda:schedule_reminder>scheduler:cart-reminders",
        ),
        ({"kind": "mail", "function": "cart-local-send_reminder"}, "lambda:send_reminder>ses:cart"),
        (
            {"kind": "event", "function": "cart-local", "payload": {"source": "cart.api"}},
            f"lambda:api_handler>{BUS}",
        ),
        (
            {"kind": "event", "function": "", "payload": {"source": "cart.reminders"}},
            f"scheduler:cart-reminders>{BUS}",
        ),
        (
            {"kind": "event", "function": "", "payload": {"source": "cart.orders"}},
            f"scheduler:cart-reminders>{BUS}",
        ),
        ({"kind": "request", "outcome": "202"}, "shop>lambda:api_handler"),
    ],
)
def test_something_travels_only_from_the_place_that_sent_it(
    watcher: Watcher, hop: dict[str, object], came_by: str
):
    paths = watcher.page.evaluate(
        """async (hop) => {
          const { journeyOf } = await import(new URL("console/journey.js", location));
          const { Architecture } = await import(new URL("console/map.js", location));
          return journeyOf(hop, await Architecture.load()).legs.map(({ path }) => path);
        }""",
        {"note": "", "failed": False, **hop},
    )
    assert [path for path in paths if not path.startswith(f"{BUS}>")] == [came_by]


def test_a_mail_can_be_followed_back_to_the_click_that_caused_it(watcher: Watcher):
    watcher.fill_cart()
    watcher.button("Jump to the reminder").click()
    watcher.button("Follow its request").click()
    expect(watcher.hops.first).to_contain_text("POST /cart")
    expect(watcher.hops.filter(has_text="ses").first).to_be_visible()


def test_a_mail_is_followed_as_soon_as_its_request_is_known(watcher: Watcher):
    watcher.page.add_init_script(
        """window.EventSource = class extends EventSource {
          addEventListener(type, listener) {
            super.addEventListener(type, (event) => {
              if (type === "hops" && window.held) window.held.push(() => listener(event));
              else listener(event);
            });
          }
        }"""
    )
    watcher.page.reload()
    watcher.fill_cart()
    watcher.page.evaluate("window.held = []")
    watcher.button("Jump to the reminder").click()
    expect(watcher.announced).to_contain_text("A mail for")
    watcher.button("Follow its request").click()
    expect(watcher.announced).to_contain_text("not known")
    watcher.page.evaluate("while (window.held.length) window.held.shift()()")
    watcher.page.evaluate("window.held = null")
    expect(watcher.hops.first).to_contain_text("POST /cart")


def test_a_payload_opens_on_demand(watcher: Watcher):
    watcher.fill_cart()
    added = watcher.hops.filter(has_text="ItemAddedToCart").first
    expect(added.locator("pre")).to_be_hidden()
    added.get_by_text("Payload").click()
    expect(added.locator("pre")).to_contain_text('"sku": "MUG-STONE-350"')


def test_a_mail_has_a_text_part(watcher: Watcher):
    watcher.fill_cart()
    watcher.button("Jump to the reminder").click()
    expect(watcher.mail.get_by_role("heading", name="Your cart is still here")).to_be_visible()
    watcher.button("Text part").click()
    expect(watcher.page.locator("#mail-body pre")).to_contain_text("Back to your cart: http://")


def test_a_schedule_counts_down_and_the_clock_moves_it(watcher: Watcher):
    watcher.fill_cart()
    expect(watcher.schedules).to_contain_text(re.compile(r"in (24|1\sd\s0)\sh|in 1\sd"))
    watcher.button("+1 day").click()
    expect(watcher.schedules).to_contain_text(re.compile(r"in \d+\s(min|s)"))
    watcher.button("+1 minute").click()
    expect(watcher.announced).to_contain_text("It is ")


def test_a_function_that_fails_twice_is_seen_to_fail_and_to_recover(watcher: Watcher):
    writes = number_at(watcher, "Table", "write")
    watcher.switch("persist_cart fails twice").check()
    watcher.button("Add something as Ada").click()
    expect(watcher.place("persist_cart")).to_have_attribute("aria-label", re.compile("failed"))
    expect(watcher.hops.filter(has_text="InjectedFaultError").first).to_be_visible()
    expect(watcher.switch("persist_cart fails twice (1 to go)")).to_be_checked()
    watcher.button("+1 hour").click()
    expect(watcher.switch("persist_cart fails twice")).not_to_be_checked()
    recovered = re.compile(f": {writes + 1} write")
    expect(watcher.place("Table")).to_have_attribute("aria-label", recovered)


def test_a_switch_stays_where_it_was_put_whatever_news_comes_late(watcher: Watcher, cloud: Cloud):
    held: list[Route] = []
    watcher.page.route("**/_local/faults", lambda route: held.append(route))  # noqa: PLW0108
    watcher.switch("SES is down").check()
    cloud.fail("function:persist_cart", 1)  # which is news of all faults
    expect(watcher.switch("persist_cart fails twice (1 to go)")).to_be_checked()
    expect(watcher.switch("SES is down")).to_be_checked()
    held[0].continue_()
    expect(watcher.announced).to_contain_text("SES is down: on.")


def test_a_job_that_failed_for_good_can_be_tried_again(watcher: Watcher, cloud: Cloud):
    cloud.fail("function:persist_cart", 3)
    watcher.fill_cart()
    watcher.button("+1 hour").click()
    kept = watcher.hops.filter(has_text="record_failure").filter(has_text="invoke").first
    kept.get_by_role("button").click()
    expect(watcher.button("Try the failed job again")).to_be_visible()
    before = re.compile(f": {number_at(watcher, 'Table', 'write')} write")
    expect(watcher.place("Table")).to_have_attribute("aria-label", before)
    watcher.button("Try the failed job again").click()
    expect(watcher.place("Table")).not_to_have_attribute("aria-label", before)


def test_one_click_shows_a_job_that_fails_and_another_one_saves_it(watcher: Watcher):
    watcher.button("Add a product that fails, as Ada").click()
    expect(watcher.page.locator("#following")).to_be_visible()
    kept = watcher.hops.filter(has_text="record_failure").filter(has_text="invoke")
    expect(kept.first).to_be_visible()
    expect(
        watcher.hops.filter(has_text="persist_cart").filter(has_text="failed")
    ).not_to_have_count(0)
    watcher.button("Try the failed job again").click()
    done = watcher.hops.filter(has_text="persist_cart").filter(has_text="persisted")
    expect(done.first).to_be_visible()


def test_a_reminder_that_cannot_be_sent_dies_and_is_redriven(watcher: Watcher):
    mails = watcher.mails.count()
    watcher.switch("SES is down").check()
    watcher.fill_cart()
    watcher.button("To the next schedule").click()
    watcher.button("+1 day").click()
    dead = watcher.place("Reminder DLQ")
    expect(dead).to_have_attribute("aria-label", "Reminder DLQ, SQS: 1 dead: 1 dead")
    assert watcher.mails.count() == mails
    watcher.switch("SES is down").uncheck()
    watcher.button("Redrive the dead reminders").click()
    expect(watcher.announced).to_contain_text("You left")
    expect(watcher.mails).to_have_count(mails + 1)
    expect(dead).to_have_attribute("aria-label", "Reminder DLQ, SQS: 0 dead")


def test_duplicates_in_any_order_add_once_and_send_once(watcher: Watcher, cloud: Cloud):
    cloud.rest()
    watcher.look_again()
    runs, mails = number_at(watcher, "persist_cart", "run"), number_at(watcher, MAIL, "mail")
    watcher.switch("Duplicate every event").check()
    watcher.switch("Deliver out of order").check()
    watcher.fill_cart()
    cloud.advance(HOUR)
    twice = re.compile(f": {runs + 2} runs")
    expect(watcher.place("persist_cart")).to_have_attribute("aria-label", twice)
    watcher.button("To the next schedule").click()
    watcher.button("+1 hour").click()
    expect(watcher.hops.filter(has_text="reason=already_sent").first).to_be_visible()
    expect(watcher.place(MAIL)).to_have_attribute("aria-label", re.compile(f": {mails + 1} mail"))
    watcher.switch("Duplicate every event").uncheck()
    watcher.switch("Deliver out of order").uncheck()


def test_a_replay_adds_nothing(watcher: Watcher, cloud: Cloud):
    cloud.rest()
    watcher.look_again()
    mails = number_at(watcher, MAIL, "mail")
    watcher.fill_cart()
    watcher.button("Jump to the reminder").click()
    one_more = re.compile(f": {mails + 1} mail")
    expect(watcher.place(MAIL)).to_have_attribute("aria-label", one_more)
    watcher.button("Replay from the archive").click()
    expect(watcher.announced).to_have_text(re.compile(r"\d+ events? replayed\."))
    watcher.button("+1 day").click()
    watcher.button("+1 hour").click()
    expect(watcher.schedules).to_have_count(0)
    expect(watcher.place(MAIL)).to_have_attribute("aria-label", one_more)


def test_who_opens_the_page_later_sees_what_happened_before(watch: Callable[..., Watcher]):
    watch().fill_cart()
    late = watch()
    expect(late.schedules).to_have_count(1)
    expect(late.hops.filter(has_text="ItemAddedToCart").first).to_be_visible()


def test_a_broken_line_is_told_and_mended(watcher: Watcher):
    watcher.page.route("**/_local/stream", lambda route: route.abort())
    watcher.page.reload()
    expect(watcher.page.locator("#connection")).to_contain_text("does not answer")
    watcher.page.unroute_all(behavior="wait")
    expect(watcher.page.locator("#connection")).to_be_empty()
    watcher.fill_cart()
    assert {error for error in watcher.errors if "ERR_FAILED" not in error} == set()
    watcher.errors.clear()


def test_the_three_steps_need_no_mouse(watcher: Watcher):
    keyboard = watcher.page.keyboard
    watcher.button("Add something as Ada").focus()
    keyboard.press("Enter")
    expect(watcher.schedules).to_have_count(1)
    keyboard.press("Tab")
    expect(watcher.button("Jump to the reminder")).to_be_focused()
    keyboard.press("Enter")
    expect(watcher.announced).to_contain_text("A mail for ada@example.com")
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(watcher.page.get_by_role("heading", name="Inbox")).to_be_focused()


def play_week(watcher: Watcher) -> list[str]:
    """Play a week without a pause in between, and return what each of its days says."""
    watcher.page.locator("#week").evaluate("button => { button.dataset.pace = '0'; }")
    watcher.button("Play a week of Grace").click()
    expect(watcher.page.locator("#week-words")).to_contain_text("A week of Grace")
    return [day.inner_text() for day in watcher.page.locator("#week-days > li").all()]


def test_a_week_of_a_shopper_is_played_by_one_click(watcher: Watcher, cloud: Cloud):
    before = cloud.now
    days = play_week(watcher)
    assert cloud.now - before >= timedelta(days=7)
    words = watcher.page.locator("#week-words")
    expect(words).to_have_text("A week of Grace: 3 adds, 3 mails, 1 followed, 1 order.")
    assert [day.split("\n")[0] for day in days] == [f"Day {n}" for n in range(1, 8)]
    assert [day.count("adds ") for day in days] == [2, 0, 1, 0, 0, 0, 0]
    # The plan of this shop has one step, a day after the last add.
    assert [day.count("gets a mail: “You left") for day in days] == [0, 1, 0, 1, 0, 0, 0]
    assert [day.count("gets a mail") for day in days] == [0, 1, 0, 1, 0, 1, 0]
    assert [line for line in days[5].split("\n") if "mail:" not in line] == [
        "Day 6",
        "follows the link in the mail",
        "orders",
        "pays",
    ]
    for what in ("ReminderFollowed", "OrderPlaced", "OrderPaid"):
        expect(watcher.hops.filter(has_text=what).first).to_be_visible()


def test_a_week_that_nobody_answers_is_told_and_can_be_played_again(watcher: Watcher):
    watcher.page.route("**/_local/clock", lambda route: route.abort())
    watcher.button("Play a week of Grace").click()
    expect(watcher.page.locator("#problem")).not_to_be_empty()
    expect(watcher.button("Play a week of Grace")).to_have_attribute("aria-disabled", "false")
    watcher.page.unroute_all(behavior="wait")
    watcher.errors.clear()


def test_axe_finds_nothing_in_any_state(watcher: Watcher):
    assert_accessible(watcher.page)
    watcher.switch("persist_cart fails twice").check()
    watcher.fill_cart()
    watcher.button("Jump to the reminder").click()
    expect(watcher.mail.get_by_role("heading")).to_be_visible()
    assert_accessible(watcher.page)
    watcher.hops.filter(has_text="InjectedFaultError").first.get_by_role("button").click()
    watcher.hops.first.get_by_text("Payload").click()
    assert_accessible(watcher.page)
    play_week(watcher)
    assert_accessible(watcher.page)


def test_nothing_is_wider_than_the_screen(watcher: Watcher):
    play_week(watcher)
    watcher.fill_cart()
    watcher.button("Jump to the reminder").click()
    watcher.hops.filter(has_text="CartReminderDue").first.get_by_text("Payload").click()
    watcher.hops.filter(has_text="CartReminderDue").first.get_by_role("button").click()
    assert_fits_every_screen(watcher.page)


def test_a_script_that_somebody_slipped_in_does_not_run(watcher: Watcher):
    with pytest.raises(Exception, match="Trusted"):
        watcher.page.evaluate("document.body.innerHTML = '<b>hello</b>'")
    watcher.errors.clear()
