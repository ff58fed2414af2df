"""Checks of policies: that cases (`policy:NAME=option`) can be in force, and what a policy can say at a place."""

from __future__ import annotations

from typing import Any

from itaku.contracts.model.draft import Placed
from itaku.contracts.model.lint_context import Context
from itaku.contracts.model.parts import names, policy_case
from itaku.contracts.model.standard import POLICIES


def check_cases(context: Context, placed: Placed[Any], inner: tuple[str | int, ...], cases: Any) -> None:
    """Reports readings (`policy:NAME=option`) that cannot be in force."""
    for case in names(cases):
        policy, options = policy_case(case)
        if not case.startswith("policy:") or not policy or not all(options):
            ja, en = f"{case}: policy:名前=選択肢 と書く", f"{case}: write policy:NAME=option"
            context.report(placed, inner, "when_unreadable", ja, en)
        elif not context.known(context.policies, policy, "policy"):
            context.report(placed, inner, "policy_unknown", f"方針 {policy} がない", f"no policy {policy}")
        elif policy in context.policies:
            known = {*context.policies[policy].options, *(POLICIES[policy].options if policy in POLICIES else ())}
            for option in (each for each in options if each not in known):
                ja, en = f"方針 {policy} に選択肢 {option} がない", f"the policy {policy} has no option {option}"
                context.report(placed, inner, "policy_option", ja, en)


def said(context: Context, text: str | None) -> list[str]:
    """What a text that may name a policy can say: itself, or what each option says."""
    if text is None:
        return []
    policy = context.policies.get(text.removeprefix("policy:")) if text.startswith("policy:") else None
    return [text] if policy is None else [option.value or name for name, option in policy.options.items()]


def check_circles(context: Context) -> None:
    """Reports policies whose options lead back to themselves."""
    for name, placed in context.draft.tables["policy"].items():
        waiting, seen = [name], set()
        while waiting:
            policy = context.policies.get(waiting.pop())
            for option in policy.options.values() if policy is not None else ():
                following = (option.value or "").removeprefix("policy:")
                if not (option.value or "").startswith("policy:") or following in seen:
                    continue
                if following == name:
                    ja, en = f"方針 {name} が自分自身に戻る", f"the policy {name} leads back to itself"
                    context.report(placed, ("options",), "circular", ja, en)
                seen.add(following)
                waiting.append(following)
