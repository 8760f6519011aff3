"""That no test finds what another one left in a browser profile that is used again."""

from playwright.sync_api import Route

from tests.browser.people import Cloud
from tests.browser.profiles import Profiles

ASK = "fetch('products').then((answer) => answer.status, () => 'nothing')"
KEEP = "localStorage.a = 'mine', sessionStorage.a = 'mine', document.cookie = 'a=mine'"
KEPT = "[localStorage.a ?? '', sessionStorage.a ?? '', document.cookie]"


def refuse(route: Route) -> None:
    route.abort()


def test_a_profile_that_is_used_again_has_nothing_of_its_earlier_user(
    profiles: Profiles, cloud: Cloud
):
    first = profiles.take()
    page = first.new_page()
    page.goto(cloud.url)
    page.evaluate(KEEP)
    assert page.evaluate(KEPT) == ["mine", "mine", "a=mine"]
    first.route("**/products", refuse)
    assert page.evaluate(ASK) == "nothing"
    first.set_offline(True)
    profiles.give_back(first)

    again = profiles.take()
    assert again is first
    page = again.new_page()
    page.goto(cloud.url)
    assert page.evaluate(KEPT) == ["", "", ""]
    assert page.evaluate(ASK) == 200
    profiles.give_back(again)


def test_two_people_have_two_profiles(profiles: Profiles):
    ada, grace = profiles.take(), profiles.take()
    assert ada is not grace
    profiles.give_back(ada)
    profiles.give_back(grace)


def test_a_profile_with_options_is_used_once(profiles: Profiles):
    german = profiles.take(locale="de")
    profiles.give_back(german)
    other = profiles.take(locale="de")
    assert other is not german
    profiles.give_back(other)
