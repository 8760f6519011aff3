from infra.chalice import root_certificates


def test_they_are_the_five_that_amazon_asks_for() -> None:
    found = root_certificates.public_keys(root_certificates.text())
    assert found == list(root_certificates.PUBLIC_KEYS.values())
