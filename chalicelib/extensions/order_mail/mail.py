"""What a mail about an order says, in the customer's language and the reminders' layout."""

from chalicelib import wiring
from chalicelib.domain.languages import preferred
from chalicelib.domain.mail import Mail
from chalicelib.domain.texts import fill
from chalicelib.extensions.order_mail.reads import OrderEvent, news_of
from chalicelib.extensions.order_mail.texts import SHOP_TEXTS
from chalicelib.usecases.reminder_html import Line, page
from chalicelib.usecases.reminder_mail import address_of, plain_text, usual_words


def render(told: OrderEvent, address: str) -> Mail:
    """Compose the mail that tells a customer of what happened to an order."""
    adapters, customer = wiring.adapters, told.customer
    shop = adapters.shop
    language = preferred(filter(None, [customer.locale]), adapters.settings.languages)
    texts = adapters.texts.of(language, *SHOP_TEXTS)
    usual = adapters.texts.reminder(language, shop.reminders[0].texts)
    locale, news = adapters.locales[language], getattr(texts, news_of(told))
    facts = {"order": told.order_id, "total": locale.money(told.total), "shop": shop.name}
    words = usual_words(shop, usual, locale, customer.name, told.total) | {
        "subject": fill(news.subject, **facts),
        "preview": fill(news.intro, **facts),
        "heading": fill(news.heading, **facts),
        "intro": fill(news.intro, **facts),
        "button": fill(texts.button, **facts),
        "cart_url": adapters.settings.shop_url,
        "reason": fill(texts.reason, **facts),
        "opt_out": "",
    }
    lines = [
        Line(
            name=one.name,
            quantity=str(one.quantity),
            each=fill(usual.each, price=locale.money(one.unit_price)),
            subtotal=locale.money(one.subtotal),
            url=None,
            picture=None,
        )
        for one in told.lines
    ]
    return Mail(
        to=address,
        name=customer.name,
        subject=words["subject"],
        text=plain_text(words, lines, "", None),
        html=page(words, lines, "", shop.colours, None),
        headers={"Reply-To": address_of(shop.reply_to or shop.support)},
    )
