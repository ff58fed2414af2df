"""The incident banner and its chip: `{% incident_banner %}`, or on dense pages `{% incident_chip %}`."""

from __future__ import annotations

from typing import Any

from django import template

from itaku.desk.today.incidents import incident_of

register = template.Library()


@register.inclusion_tag("today/incident_banner.html", takes_context=True)
def incident_banner(context: Any) -> dict[str, Any]:
    """The red banner under the header, while a clock runs."""
    return _shown(context)


@register.inclusion_tag("today/incident_chip.html", takes_context=True)
def incident_chip(context: Any) -> dict[str, Any]:
    """The chip in the header of a dense page, in the banner's place."""
    return _shown(context)


def _shown(context: Any) -> dict[str, Any]:
    request = context.get("request")
    found = None if request is None else incident_of(request)
    return {
        "incident": found,
        "lang": context.get("lang"),
        "now_ms": context.get("now_ms"),
        "today": context.get("today"),
    }
