"""What all of the clerk's pages share: frame, headers, times, and forms that only these pages may send."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from aiohttp import web

from itaku.basis.clock import InstantMs, to_jst

_STYLE = (Path(__file__).parent / "clerk.css").read_text(encoding="utf-8")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_PLACES = (
    ("/", "対応する受付", "Cases"),
    ("/refund", "返金", "Refund"),
    ("/left", "取り忘れ", "Left sheets"),
    ("/guide", "困ったとき", "Guide"),
)


@web.middleware
async def own_forms_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuses a form of another page: the browser names the page that it comes from."""
    if request.method == "POST" and request.headers.get("Origin") not in {None, f"http://{request.host}"}:
        return web.Response(status=403, text="not_allowed")
    return await handler(request)


def page(title: str, english: str, body: str, now: InstantMs, *, here: str = "", refresh: bool = False) -> web.Response:
    """A whole page. `body` is markup in which every foreign text was escaped."""
    again = '<meta http-equiv="refresh" content="5">' if refresh else ""
    links = "".join(
        f'<a href="{path}"{" aria-current=page" if path == here else ""}>{ja} {en(text)}</a>'
        for path, ja, text in _PLACES
    )
    text = f"""<!doctype html>
<html lang="ja"><head><meta charset="utf-8">{again}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} / {english}</title><style>{_STYLE}</style></head>
<body><a class="skip" href="#main">本文へ {en("Skip to content")}</a>
<header><b>店員の画面</b> {en("Clerk's pages")}<time>{clock_time(now)}</time></header>
<nav aria-label="画面 Pages">{links}</nav><main id="main">{body}</main></body></html>"""
    return web.Response(text=text, content_type="text/html", headers=_HEADERS)


def en(text: str) -> str:
    """English beside the Japanese."""
    return f'<span lang="en">{text}</span>'


def table(heads: Sequence[str], rows: str, empty: str = "") -> str:
    """A table, or what stands in its place while it is empty."""
    if not rows:
        return f'<p class="none">{empty}</p>'
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def row(cells: Sequence[str]) -> str:
    """A table's row of plain texts."""
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


def alert(ja: str, english: str) -> str:
    """Something that the clerk has to know before going on."""
    return f'<p class="call" role="alert">{html.escape(ja)} {en(html.escape(english))}</p>'


def clock_time(instant: InstantMs) -> str:
    """Hours and minutes in Japan."""
    moment = to_jst(instant)
    return f"{moment.hour}時{moment.minute:02d}分"


def day_and_time(instant: InstantMs) -> str:
    """Month, day, hours and minutes in Japan."""
    moment = to_jst(instant)
    return f"{moment.month}月{moment.day}日 {moment.hour}時{moment.minute:02d}分"


def issuance_of(request: web.Request) -> bytes:
    """The issuance that a path names; 404 if it cannot be one."""
    try:
        found = bytes.fromhex(request.match_info["issuance"])
    except ValueError as error:
        raise web.HTTPNotFound from error
    if len(found) != 16:
        raise web.HTTPNotFound
    return found
