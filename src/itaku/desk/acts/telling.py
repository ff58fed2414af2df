"""Telling an event (記録): the draft, what it would change, and its way into the contract exactly once.

A row of `Act` is written before the event and marked after it. The event's id is the form's token: whatever is sent
twice, and wherever a process stopped in between, the contract holds the event once and the row says so.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.errors import ItakuError
from itaku.contracts.engine.events import Event, EventTwiceError, Told
from itaku.contracts.engine.result import Result
from itaku.contracts.engine.whatif import Difference
from itaku.contracts.keeping.keeping import Keeper
from itaku.desk.accounts.models import Person
from itaku.desk.acts.models import Act
from itaku.desk.asking import ask, clock, randomness

STALE_MINUTES = 10
"""How long "now" of a preview may be told: after that (or past midnight, or back) the difference is shown again."""

HALF_WAY = dt.timedelta(minutes=1)
"""How long a second person's confirmation may be on its way before it is taken as stopped."""

_LONGEST_SEQ = 10
_TOKEN = re.compile(r"a[0-9a-f]{32}")


class TokenTakenError(ItakuError):
    """The form's token stands for something else that was told."""

    code = "act_token_taken"
    ja = "この画面は古くなっています。はじめから開き直してください。"
    en = "This page is out of date. Open it again from the start."


class ActSettledError(ItakuError):
    """The act no longer waits: it was recorded or withdrawn by somebody else."""

    code = "act_settled"
    ja = "この記録は、すでに確認されたか取り下げられています。"
    en = "This was confirmed or withdrawn already."


class SelfConfirmedError(ItakuError):
    """Whoever told an act cannot be its second person."""

    code = "act_self_confirmed"
    ja = "自分の記録を自分で確認することはできません。もう一人の人が確認します。"
    en = "You cannot confirm your own act. Another person does."


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is about to tell. `at` is text as events carry it; `now` says that it is the present moment."""

    token: str
    contract: str
    kind: str
    party: str
    at: str = ""
    now: bool = False
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    reason: str = ""
    corrects: str = ""
    voids: str = ""

    @property
    def event(self) -> Told:
        """The event."""
        if self.voids:
            return Told(id=self.token, by=self.party, voids=self.voids)
        corrects = self.corrects or None
        return Told(id=self.token, at=self.at, kind=self.kind, fields=self.fields, by=self.party, corrects=corrects)


class Preview(msgspec.Struct, frozen=True):
    """The contract as it stands, and the difference that an event would make."""

    before: Result
    difference: Difference

    @property
    def seq(self) -> int:
        """The number of the last event that whoever looks has seen."""
        return self.before.seq


def new_token() -> str:
    """An id for a form and its event."""
    return f"a{randomness().token(16).hex()}"


def is_token(text: str) -> bool:
    """Whether a text could be such an id."""
    return _TOKEN.fullmatch(text) is not None


def now_text() -> str:
    """The present minute, as events carry it."""
    return to_jst(clock().now()).strftime("%Y-%m-%dT%H:%M")


def is_stale(at: str) -> bool:
    """Whether the "now" of a preview has passed: another day, some minutes later, or the clock was moved back."""
    now = to_jst(clock().now()).replace(tzinfo=None)
    then = dt.datetime.fromisoformat(at)
    return then.date() != now.date() or not dt.timedelta(minutes=-1) <= now - then < dt.timedelta(minutes=STALE_MINUTES)


def preview(contract: str, event: Told) -> Preview:
    """The difference that an event would make. Raises what `Keeper.append` would."""

    async def question(keeper: Keeper) -> Preview:
        before = await keeper.at(contract)
        return Preview(before, await keeper.what_if(contract, [event]))

    return ask(question)


def tell(draft: Draft, person: Person, confirms: tuple[str, ...], seen_seq: int) -> Act:
    """Records the draft, or lays it before a second person where `confirms` names legal persons.

    Sent twice, it gives the same act. Raises `TokenTakenError`, `ContractMovedError` and what `Keeper.append` raises;
    then nothing was recorded.
    """
    act, made = Act.objects.get_or_create(
        token=draft.token,
        defaults={
            "contract": draft.contract,
            "kind": draft.kind,
            "at": draft.at,
            "fields": draft.fields,
            "party": draft.party,
            "corrects": draft.corrects,
            "voids": draft.voids,
            "reason": draft.reason,
            "person": person,
            "told_at": moment(),
            "confirms": list(confirms),
            "state": "waiting" if confirms else "telling",
        },
    )
    if not made:
        same = (act.person_id, act.contract, act.kind, act.fields) == (
            person.pk,
            draft.contract,
            draft.kind,
            draft.fields,
        )
        if not same:
            raise TokenTakenError
    if act.state == "telling":
        _append(act, seen_seq, "")
    return act


def confirm(act: Act, person: Person, seen_seq: int) -> None:
    """The second person's confirmation. `SelfConfirmedError`, `ActSettledError`, and what `tell` raises."""
    if person.pk == act.person_id:
        raise SelfConfirmedError
    taken = Act.objects.filter(token=act.token, state="waiting").update(
        state="telling", confirmer=person, confirmed_at=moment()
    )
    if not taken:
        raise ActSettledError
    act.refresh_from_db()
    _append(act, seen_seq, "waiting")


def withdraw(act: Act, person: Person, why: str) -> None:
    """Takes a waiting act back, or refuses to confirm it. `ActSettledError`."""
    done = Act.objects.filter(token=act.token, state="waiting").update(
        state="withdrawn", confirmer=person, confirmed_at=moment(), refusal=why
    )
    if not done:
        raise ActSettledError
    act.refresh_from_db()


def settle(act: Act) -> Act:
    """Brings an act whose process stopped half-way to where its event is: in the contract, or waiting once more."""
    if act.state != "telling":
        return act
    number = _number(act)
    if number:
        _mark(act, number)
    elif act.confirmed_at is not None and abs(moment() - act.confirmed_at) > HALF_WAY:
        Act.objects.filter(token=act.token, state="telling").update(state="waiting", confirmer=None, confirmed_at=None)
        act.refresh_from_db()
    return act


def read_seq(text: str) -> int:
    """The number of an event that a form carries; -1, which no contract has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONGEST_SEQ else -1


def draft_of(act: Act) -> Draft:
    """What an act tells, as it was drafted."""
    return Draft(
        token=act.token,
        contract=act.contract,
        kind=act.kind,
        party=act.party,
        at=act.at,
        fields=act.fields,
        reason=act.reason,
        corrects=act.corrects,
        voids=act.voids,
    )


def events_since(result: Result, seq: int) -> list[Event]:
    """The events that were told after a number, as they stand."""
    return [each for each in result.events.events if each.seq > seq]


def moment() -> dt.datetime:
    """The present, for rows."""
    return to_jst(clock().now())


def _append(act: Act, seen_seq: int, back_to: str) -> None:
    event = draft_of(act).event
    try:
        number = ask(lambda keeper: keeper.append(act.contract, event, seen_seq=seen_seq)).seq
    except EventTwiceError:
        number = _number(act)
    except ItakuError:
        unsettled = Act.objects.filter(token=act.token, state="telling")
        if back_to:
            unsettled.update(state=back_to, confirmer=None, confirmed_at=None)
        else:
            unsettled.delete()
        raise
    _mark(act, number)


def _mark(act: Act, number: int) -> None:
    act.state, act.seq = "recorded", number
    act.save(update_fields=["state", "seq"])


def _number(act: Act) -> int:
    """The number of the act's event in its contract; 0 while it is not there."""
    told = ask(lambda keeper: keeper.told(act.contract))
    return next((seq for seq, each in enumerate(told, 1) if each.id == act.token), 0)


def recorded_at(contract: str, seq: int) -> dt.datetime:
    """When the event of a number was told."""
    times: list[InstantMs] = ask(lambda keeper: keeper.told_at(contract))
    return to_jst(times[seq - 1])
