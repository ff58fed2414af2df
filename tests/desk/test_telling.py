"""Telling an event: the form, the difference before it counts, the record, and what comes next."""

from __future__ import annotations

import re

from desk_under_test import text_of


def hidden(html: str) -> dict[str, str]:
    """The hidden inputs of a page's forms."""
    import html as entities

    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return {name: entities.unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def test_an_inquiry_is_previewed_recorded_and_says_what_the_contractor_does_next(desk):
    morita = desk.visitor("morita")
    form = morita.get("/acts/marathon-2026/inquiry.made/")
    assert form.status == 200
    fields = {
        **hidden(form.text),
        "f_inquiry": "T-1",
        "f_sort": "report",
        "f_answer_by": "2026-07-10",
        "party": "committee",
    }
    shown = morita.post("/acts/marathon-2026/inquiry.made/", {**fields, "when": "now", "step": "preview"})
    assert shown.status == 200, text_of(shown.text)
    assert "まだ記録していません" in shown.text
    assert "令和8年7月10日" in shown.text
    done = morita.post("/acts/marathon-2026/inquiry.made/", {**hidden(shown.text), "step": "record"})
    assert done.status == 200, text_of(done.text)
    assert "記録しました" in done.text, text_of(done.text)
    assert "調査への回答" in done.text
