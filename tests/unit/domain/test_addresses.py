import unicodedata

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.addresses import canonical, is_mailable, mailable, split_display_name
from tests.support import strategies


@pytest.mark.parametrize(
    ("address", "sent_to"),
    [
        ("ada@example.com", "ada@example.com"),
        ("Ada.Lovelace+shop@Example.COM", "Ada.Lovelace+shop@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--bcher-KVA.example", "ada@xn--bcher-kva.example"),
        ("ada@\uff42ücher.example", "ada@xn--bcher-kva.example"),
        ("ada@例え.example", "ada@xn--r8jz45g.example"),
        ("ada@example.com.", "ada@example.com"),
        ("ada@παράδειγμα.δοκιμή", "ada@xn--hxajbheg2az3al.xn--jxalpdlp"),
        ("ada@xn--sw8hj0a.ws", "ada@xn--sw8hj0a.ws"),
        ("ada@россия.рф", "ada@xn--h1alffa9f.xn--p1ai"),
        ("ada@üक्षाー१.example", "ada@xn--tda062b6c2a3ezh405z.example"),  # all kinds of letters
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
        ("ada@" + ".".join(["a" * 62] * 4) + ".a", "ada@" + ".".join(["a" * 62] * 4) + ".a"),
    ],
)
def test_mail_is_sent_to_an_address_in_ascii(address: str, sent_to: str) -> None:
    assert mailable(address) == sent_to


@pytest.mark.parametrize("domain", strategies.AMBIGUOUS_DOMAINS)
def test_no_mail_goes_to_a_domain_that_the_idna_standards_map_differently(domain: str) -> None:
    assert not is_mailable(f"ada@{domain}")


def test_such_a_domain_gets_mail_under_its_unambiguous_name() -> None:
    assert is_mailable("ada@xn--strae-oqa.example")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "jörg@example.com",
        "用户@example.com",
        "ada lovelace@example.com",
        '"ada"@example.com',
        "<ada@example.com>",
        "Ada <ada@example.com>",
        "ada,eve@example.com",
        ".ada@example.com",
        "ada.@example.com",
        "ada..lovelace@example.com",
        "ada@example",
        "ada@localhost",
        "ada@127.0.0.1",
        "ada@[127.0.0.1]",
        "ada@.example.com",
        "ada@example..com",
        "ada@-example.com",
        "ada@example-.com",
        "ada@exam_ple.com",
        "ada@exa mple.com",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com\n",
        "ada@☃.example",
        "ada@\ud800.example",
        "ada@a\u05d0.example",  # letters from the left and from the right in one label
        "ada@\u05d0a.example",
        "ada@a\u0628.example",
        "ada@" + "é" * 200 + ".example",
        "ada@" + "a" * 64 + ".example",
        "ada@" + ".".join(["a" * 60] * 5),
        "ada@" + ".".join(["a" * 62] * 4) + ".de",
        "a" * 65 + "@example.com",
    ],
)
def test_ses_cannot_mail_every_address(address: str) -> None:
    assert not is_mailable(address)


@given(strategies.mailable_addresses)
def test_what_is_mailable_is_ascii_and_mailable_under_that_spelling(address: str) -> None:
    sent_to = mailable(address)
    assert sent_to is not None
    assert sent_to.isascii()
    assert mailable(sent_to) == sent_to


def require_same_host(label: str) -> None:
    """Hold a domain that mail goes to against UTS #46, which browsers and mail programs use."""
    sent_to = mailable(f"ada@{label}.example")
    if sent_to is None:
        return
    try:
        elsewhere = idna.encode(f"{label}.example", uts46=True, std3_rules=True).decode()
    except (idna.IDNAError, UnicodeError):
        return  # IDNA 2008 has no such domain, so that it can be nobody else's
    assert sent_to == f"ada@{elsewhere}"


@given(st.text(st.characters(exclude_characters="."), min_size=1, max_size=12))
def test_no_domain_means_another_host_to_other_programs(label: str) -> None:
    require_same_host(label)


def test_no_letter_means_another_host_to_other_programs() -> None:
    for number in range(0x80, 0x3200):
        require_same_host(f"a{chr(number)}b")


@pytest.mark.parametrize(
    "spelling",
    [
        "ada@bücher.example",
        "ADA@BÜCHER.EXAMPLE",
        "  ada@bücher.example ",
        "ada@bu\u0308cher.example",
        "ada@xn--bcher-kva.example",
        "ada@XN--BCHER-KVA.example",
        "ada@bücher.example.",
        "<ada@bücher.example>",
        "Ada <ada@xn--bcher-kva.example>",
        '"Lovelace, Ada <A>" <ada@bücher.example>',
        "=?utf-8?q?Ad=C3=A1?= <ada@bücher.example>",
        '"ada"@bücher.example',
    ],
)
def test_a_mailbox_has_one_canonical_spelling(spelling: str) -> None:
    assert canonical(spelling) == "ada@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.com", "grace@example.com"),
        ("ada@example.com", "ada@example.org"),
        ("ada@example.com", "ada+shop@example.com"),
        ("ada@straße.example", "ada@strasse.example"),
        ('"ada lovelace"@example.com', "adalovelace@example.com"),
    ],
)
def test_different_mailboxes_have_different_spellings(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_an_ambiguous_domain_is_known_by_what_idna_2008_makes_of_it() -> None:
    assert canonical("ada@straße.example") == "ada@xn--strae-oqa.example"


@given(st.one_of(strategies.addresses, st.text(max_size=60)))
def test_the_canonical_spelling_is_its_own(address: str) -> None:
    assert canonical(canonical(address)) == canonical(address)


@given(strategies.mailable_addresses, strategies.names)
def test_a_spelling_of_what_was_mailed_leads_back_to_it(address: str, name: str) -> None:
    known = canonical(address)
    for spelling in (
        str(mailable(address)),
        address.upper(),
        unicodedata.normalize("NFD", address),
        f"<{address}>",
        f"{name} <{mailable(address)}>",
    ):
        assert canonical(spelling) == known


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("shop@example.com", ("", "shop@example.com")),
        ("<shop@example.com>", ("", "shop@example.com")),
        ("Leaf & Bean <shop@example.com>", ("Leaf & Bean", "shop@example.com")),
        ("Bücher, Tee & Co <shop@example.com>", ("Bücher, Tee & Co", "shop@example.com")),
        ('"Tea, Inc." <shop@example.com>', ("Tea, Inc.", "shop@example.com")),
        (r'"The \"Bean\"" <shop@example.com>', ('The "Bean"', "shop@example.com")),
        ("a <b> <shop@example.com>", ("a <b>", "shop@example.com")),
        ("shop@example.com>", ("", "shop@example.com>")),
        ("Shop <shop@example.com", ("", "Shop <shop@example.com")),
    ],
)
def test_a_display_name_and_its_address_are_told_apart(text: str, parts: tuple[str, str]) -> None:
    assert split_display_name(text) == parts
