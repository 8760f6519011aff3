"""The HTML part of the reminder: one layout for all languages, in the shop's colours.

Only :func:`_fill` makes HTML, and it escapes everything that is not HTML already, so user input
cannot become markup. Tables, attributes and inline styles are what Outlook keeps.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Final, NamedTuple

from chalicelib.domain.colours import palette
from chalicelib.domain.shop import Colours

_LINK: Final = Template('<a href="$url" class="$ink" style="color:$color;">$label</a>')
_PICTURE: Final = Template(
    '<td width="56" valign="top" class="rule" style="padding:12px 12px 12px 0; '
    'border-bottom:1px solid $rule;"><img src="$url" alt="$name" width="56" height="56" '
    'style="display:block; border:0; border-radius:4px;"></td>\n'
)
_NO_PICTURE: Final = Template('<td class="rule" style="border-bottom:1px solid $rule;"></td>\n')
_MORE: Final = Template(
    '<tr><td colspan="$columns" class="soft rule" style="padding:12px 0; '
    'border-bottom:1px solid $rule; color:$soft;">$more</td></tr>\n'
)


class Html(str):
    """Text that is HTML already and is not escaped again."""

    __slots__ = ()


class Line(NamedTuple):
    """One product as the mail shows it; ``each`` is the price of one piece in words."""

    name: str
    quantity: str
    each: str
    subtotal: str
    url: str | None
    picture: str | None


def page(
    words: Mapping[str, str],
    lines: Sequence[Line],
    more: str,
    colours: Colours,
    unsubscribe_url: str | None,
) -> Html:
    """Return the mail's HTML; ``more`` says how many products are not listed, if there are any."""
    light = palette(colours.background, colours.accent)._asdict()
    dark = palette(colours.background_dark, colours.accent_dark)._asdict()
    has_pictures = any(line.picture for line in lines)
    columns = 2 if has_pictures else 1
    rows = [_row(line, light, has_pictures=has_pictures) for line in lines]
    if more:
        rows.append(_fill(_MORE, **light, columns=str(columns + 2), more=more))
    opt_out = _link(unsubscribe_url, words["opt_out"], "soft", light) if unsubscribe_url else ""
    return _fill(
        _template("reminder_mail.html"),
        **{**words, "opt_out": Html(f"{opt_out}<br>") if opt_out else ""},
        **light,
        **{f"dark_{name}": colour for name, colour in dark.items()},
        name_columns=str(columns),
        total_columns=str(columns + 1),
        items=Html("".join(rows)),
    )


def _row(line: Line, colours: Mapping[str, str], *, has_pictures: bool) -> Html:
    picture = ""
    if line.picture:
        picture = _fill(_PICTURE, **colours, url=line.picture, name=line.name)
    elif has_pictures:
        picture = _fill(_NO_PICTURE, **colours)
    return _fill(
        _template("reminder_mail_item.html"),
        **colours,
        picture=picture,
        name=_link(line.url, line.name, "ink", colours) if line.url else line.name,
        each=line.each,
        quantity=line.quantity,
        subtotal=line.subtotal,
    )


def _link(url: str, label: str, ink: str, colours: Mapping[str, str]) -> Html:
    return _fill(_LINK, url=url, label=label, ink=ink, color=colours[ink])


def _fill(template: Template, **values: str) -> Html:
    """Fill an HTML template; escape everything that is not HTML already."""
    return Html(
        template.substitute(
            {
                name: value if isinstance(value, Html) else escape(value)
                for name, value in values.items()
            }
        )
    )


@cache
def _template(name: str) -> Template:
    return Template(Path(__file__).with_name(name).read_text(encoding="utf-8"))
