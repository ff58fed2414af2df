"""Tags and filters of the desk's templates: two languages, dates in the era's form, yen, chips and icons."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from itaku.basis.clock import JST, InstantMs, to_jst
from itaku.contracts.agenda.line import day_short
from itaku.contracts.papers.written import paper_day
from itaku.desk.accounts.duties import DUTIES
from itaku.desk.words import NOTE_KINDS, STATES

register = template.Library()


@register.simple_tag(takes_context=True)
def say(context: Any, ja: str, en: str) -> str:
    """The text in the reader's language: `{% say "契約" "Contracts" %}`."""
    return en if context.get("lang") == "en" else ja


@register.simple_tag(takes_context=True)
def words(context: Any, each: Any, name: str = "") -> str:
    """The `ja` or `en` of an object, or its `NAME_ja`/`NAME_en`."""
    lang = "en" if context.get("lang") == "en" else "ja"
    found = getattr(each, f"{name}_{lang}" if name else lang)
    return str(found)


@register.simple_tag(takes_context=True)
def short_day(context: Any, day: dt.date) -> str:
    """7/2（木）, or Thu 2 Jul; with the year where it is not this one."""
    return words(context, day_short(day, context.get("today")))


@register.simple_tag(takes_context=True)
def long_day(context: Any, day: dt.date) -> str:
    """令和8年7月2日（木）, or Thursday 2 July 2026."""
    if context.get("lang") == "en":
        return f"{day:%A} {day.day} {day:%B %Y}"
    return paper_day(day)


@register.filter
def yen(amount: int | None) -> str:
    """11,000,000円."""
    return "" if amount is None else f"{amount:,}円"


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of `desk/icons.svg`, hidden from speech: a word always stands beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="/static/desk/icons.svg#{}"></use></svg>',
        name,
    )


@register.simple_tag(takes_context=True)
def state_chip(context: Any, state: str) -> SafeString:
    """A state as colour, icon and word."""
    known = STATES[state]
    word = known.en if context.get("lang") == "en" else known.ja
    return format_html('<span class="chip chip--{}">{}{}</span>', known.style, icon(known.icon), word)


@register.simple_tag
def party(label: str) -> SafeString:
    """甲 filled, any other outlined: parties are shape, never hue."""
    style = "party party--kou" if label in {"甲", "発注者"} else "party"
    return format_html('<span class="{}">{}</span>', style, label[:1] if len(label) > 1 else label)


@register.simple_tag(takes_context=True)
def days_late(context: Any, days_left: int) -> str:
    """3日超過."""
    days = -days_left
    return f"{days} day{'s' if days > 1 else ''} over" if context.get("lang") == "en" else f"{days}日超過"


@register.simple_tag(takes_context=True)
def days_ahead(context: Any, days_left: int) -> str:
    """あと4日."""
    if context.get("lang") == "en":
        return f"in {days_left} day{'s' if days_left > 1 else ''}"
    return f"あと{days_left}日"


@register.simple_tag(takes_context=True)
def owed_by(context: Any, line: Any) -> str:
    """甲が乙に負う, for those who hear the page; nothing of what either side may do."""
    if line.bearer is None:
        return ""
    bearer = line.bearer.label
    other = line.counterparty.label if line.counterparty else ""
    if context.get("lang") == "en":
        return f"{bearer} owes {other}" if other else f"{bearer} owes"
    return f"{bearer}が{other}に負う" if other else f"{bearer}が負う"


@register.simple_tag(takes_context=True)
def duty_word(context: Any, duty: str) -> str:
    """A duty's name."""
    known = DUTIES.get(duty)
    if known is None:
        return duty
    return known.en if context.get("lang") == "en" else known.ja


@register.simple_tag
def owes_label(labels: dict[str, Any], owed: Any) -> SafeString:
    """甲→乙 before a debt."""
    bearer, other = labels.get(owed.bearer), labels.get(owed.counterparty)
    if bearer is None or other is None:
        return format_html("")
    return format_html('<span class="owes">{}{}{}</span> ', party(bearer.label), icon("arrow"), party(other.label))


@register.simple_tag
def money_bar(purse: Any) -> SafeString:
    """Of the price, what is paid: a bar, and the same in words beside it."""
    price = purse.price_yen
    paid = min(purse.paid_yen, price)
    share = paid * 1000 // price if price else 0
    return format_html(
        '<svg class="money-bar" viewBox="0 0 1000 28" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="paid" width="{}" height="28"/></svg><p class="small">支払済み / paid {}'
        ' <span class="quiet">残り / open {}</span></p>',
        share,
        yen(paid),
        yen(price - paid),
    )


@register.simple_tag(takes_context=True)
def state_word(context: Any, state: str) -> str:
    """A state's word alone, for lists of choices."""
    known = STATES[state]
    return known.en if context.get("lang") == "en" else known.ja


@register.simple_tag(takes_context=True)
def moment(context: Any, at_ms: int) -> str:
    """An instant in Japan: 7/2（木） 8:42."""
    found = to_jst(InstantMs(at_ms))
    return f"{short_day(context, found.date())} {found.hour}:{found:%M}"


_STEPS = {
    "submit": ("提出", "handed in"),
    "withdraw": ("取下げ", "withdrawn"),
    "receive": ("受理", "received"),
    "approve": ("承認", "approved"),
    "send_back": ("差戻し", "sent back"),
    "supersede": ("次の版", "next version begun"),
    "countersign": ("もう一方の署名", "signed by the other side"),
}


@register.simple_tag(takes_context=True)
def step_word(context: Any, what: str) -> str:
    """What was done with a paper."""
    return _STEPS[what][1 if context.get("lang") == "en" else 0]


@register.simple_tag(takes_context=True)
def note_kind(context: Any, kind: str) -> str:
    """What a note of the audit trail says was done."""
    both = NOTE_KINDS.get(kind, (kind, kind))
    return both[1 if context.get("lang") == "en" else 0]


@register.filter
def hexadecimal(value: bytes) -> str:
    """Bytes as hexadecimal digits."""
    return bytes(value).hex()


@register.filter
def date_of(at: dt.datetime) -> dt.date:
    """The day in Japan of an instant, for `short_day`."""
    return at.astimezone(JST).date()
