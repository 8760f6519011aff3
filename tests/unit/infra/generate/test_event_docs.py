from infra.generate import event_docs


def test_the_page_is_what_the_code_and_the_rules_say():
    written = event_docs.PAGE.read_text(encoding="utf-8")
    assert written == event_docs.page(), "run: python -m infra docs"
