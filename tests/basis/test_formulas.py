"""What a spreadsheet would run gets an apostrophe, and loses it when it comes back."""

from __future__ import annotations

import pytest

from itaku.basis.formulas import guarded, looks_like_formula, unguarded


@pytest.mark.parametrize("text", ["=1+1", "+81", "-5", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_guarded_and_comes_back_as_it_was(text):
    assert looks_like_formula(text)
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["", "潮見市", "1-2", "'quoted'", "'"])
def test_any_other_text_is_left_alone(text):
    assert guarded(text) == unguarded(text) == text
