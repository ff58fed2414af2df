"""Choices (解釈方針の選択): which option of each disputed reading is in force, and what it says."""

from __future__ import annotations

from collections.abc import Sequence

from itaku.contracts.model.contract import Contract, Policy
from itaku.contracts.model.parts import policy_case
from itaku.contracts.model.standard import POLICIES


class Choices:
    """The options chosen so far, and the defaults of all other policies."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.chosen: dict[str, str] = {}
        self._said: dict[str, str] = {}
        self._shown: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {}

    def known(self, policy: str) -> Policy:
        """A policy as the contract declares it, else the standard one."""
        return self._contract.policies.get(policy) or POLICIES[policy]

    def has(self, policy: str, option: str) -> bool:
        """Whether there is such a policy with such an option."""
        own, standard = self._contract.policies.get(policy), POLICIES.get(policy)
        return any(each is not None and option in each.options for each in (own, standard))

    def option(self, policy: str) -> str:
        """The name of the option that is in force."""
        return self.chosen.get(policy) or self.known(policy).default

    def said(self, policy: str) -> str:
        """What the option in force says: its value, or its own name."""
        found = self._said.get(policy)
        if found is None:
            option = self.option(policy)
            given = self.known(policy).options.get(option) or POLICIES[policy].options[option]
            found = self._said[policy] = given.value or option
        return found

    def read(self, text: str) -> str:
        """A text as it stands, or, where it is `policy:NAME`, what that policy says."""
        while text.startswith("policy:"):
            text = self.said(text.removeprefix("policy:"))
        return text

    def standard(self, text: str | None, policy: str) -> str:
        """What a rule writes or names by policy; where it is silent, what the standard policy says."""
        return self.said(policy) if text is None else self.read(text)

    def apply(self, cases: Sequence[str]) -> bool:
        """Whether every reading on which something rests (`when`) is in force."""
        for case in cases:
            policy, options = policy_case(case)
            if self.option(policy) not in options:
                return False
        return True

    def choose(self, policy: str, option: str) -> None:
        """Puts an option in force."""
        self.chosen[policy] = option
        self._said.clear()
        self._shown.clear()

    def shown(self, policies: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """Policies with the option in force of each, for people."""
        found = self._shown.get(policies)
        if found is None:
            found = self._shown[policies] = tuple((name, self.option(name)) for name in policies)
        return found
