"""Tags of the acts' templates: the era's form of a written day, and the contract's own state."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.utils.safestring import SafeString

from itaku.basis.eras import era_date
from itaku.basis.errors import ItakuError
from itaku.desk.templatetags.desk import state_chip

register = template.Library()

_STATES = {"expired": "ended"}
"""Where a contract's state is called otherwise than the same word of evidence."""


@register.simple_tag
def era_of(text: str | None) -> str:
    """令和8年7月2日 beside a day that a person writes; nothing for what is no day."""
    try:
        return era_date(dt.date.fromisoformat((text or "")[:10]))
    except (ValueError, ItakuError):
        return ""


@register.simple_tag(takes_context=True)
def contract_state(context: Any, status: str) -> SafeString:
    """The contract's state as a chip."""
    return state_chip(context, _STATES.get(status, status))
