"""kill -9 of each node at each step, and a restart: nobody loses money or paper, and what was acknowledged is kept."""

from __future__ import annotations

import asyncio

import pytest
from sandbox_under_test import MUNICIPALITY, Visitor

from itaku.commands.kiosk_page import KioskPage
from itaku.issuance.center.machine import OPENED_LIFE_MS
from itaku.issuance.kiosk.screens import State
from itaku.sandbox.town import CODE

STAND, KIOSK, CENTER, SIGNER = "stand-k01", "k01", "center-1", f"signer-{CODE}"
NODES = [KIOSK, "shop-1", "relay-1", CENTER, MUNICIPALITY, "sequencer-center", f"sequencer-{MUNICIPALITY}"]


class Blow:
    """Holds the step still by freezing the node that would end it, strikes, and lets things go on."""

    def __init__(self, sandbox, victim: str) -> None:
        self._supervisor = sandbox.supervisor
        self._victim = victim

    def freeze(self, name: str):
        async def hook(_screen) -> None:
            self._supervisor.freeze(name)

        return hook

    def strike_and_thaw(self, *frozen: str):
        async def hook(_screen) -> None:
            await asyncio.to_thread(self._strike, frozen)

        return hook

    def then(self, *hooks):
        async def hook(screen) -> None:
            for one in hooks:
                await one(screen)

        return hook

    def pause(self, seconds: float):
        """Lets the card be given back before its reader is frozen."""

        async def hook(_screen) -> None:
            await asyncio.sleep(seconds)

        return hook

    def thaw(self, name: str):
        async def hook(_screen) -> None:
            self._supervisor.thaw(name)

        return hook

    def _strike(self, frozen: tuple[str, ...]) -> None:
        self._supervisor.kill9(self._victim)
        for name in frozen:
            if name != self._victim:
                self._supervisor.thaw(name)
        self._supervisor.wait_ready(self._victim)


def hooks_for(step: str, blow: Blow):
    match step:
        case "opening":
            return {
                State.READING: blow.freeze(CENTER),
                State.OPENING: blow.strike_and_thaw(CENTER),
            }
        case "choosing":
            return {State.CHOOSING: blow.strike_and_thaw()}
        case "applying":
            return {
                State.CHOOSING: blow.freeze(MUNICIPALITY),
                State.APPLYING: blow.strike_and_thaw(MUNICIPALITY),
            }
        case "permitting":
            return {
                State.CHOOSING: blow.freeze(MUNICIPALITY),
                State.APPLYING: blow.then(blow.pause(0.3), blow.freeze(STAND), blow.thaw(MUNICIPALITY)),
                State.CHECKING: blow.then(blow.freeze(CENTER), blow.thaw(STAND)),
                State.PERMITTING: blow.strike_and_thaw(CENTER),
            }
        case "paying":
            return {State.PAYING: blow.strike_and_thaw()}
        case "printing":
            return {State.PRINTING: blow.strike_and_thaw()}
        case _:
            return {
                State.PRINTING: blow.freeze(CENTER),
                State.RESULT: blow.strike_and_thaw(CENTER),
            }


def test_all_of_the_sandbox_is_published_and_a_node_that_comes_back_as_well(sandbox):
    facts = sandbox.now
    assert set(facts.pids) == set(facts.settings) == set(sandbox.supervisor.names())
    assert facts.pages["k01"].url.startswith("http://127.0.0.1:")
    sandbox.supervisor.kill9("center-1")
    sandbox.supervisor.wait_ready("center-1")
    assert sandbox.now.pids["center-1"] != facts.pids["center-1"]


STEPS = ["opening", "choosing", "applying", "permitting", "paying", "printing", "delivered"]


# Victim after victim at one step, not one victim seven times in a row: who keeps dying is restarted ever later.
@pytest.mark.parametrize("victim", NODES)
@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_any_step_money_and_paper_agree_and_nothing_acknowledged_is_lost(sandbox, victim, step):
    issued_before = {row["issuance_id"] for row in await sandbox.center("SELECT issuance_id FROM issuance")}
    printed_before = {sheet["name"] for sheet in await sandbox.stand("GET", "/practice/tray")}
    blow = Blow(sandbox, victim)
    try:
        async with KioskPage(sandbox.page()) as page:
            visitor = Visitor(page, copies=2, hooks=hooks_for(step, blow))
            await visitor.visit(at_most_s=150)
    finally:
        for name in (STAND, CENTER, MUNICIPALITY):
            sandbox.supervisor.thaw(name)
    await sandbox.take_card_away()
    await come_to_rest(sandbox)
    rows = [row for row in await sandbox.center("SELECT * FROM issuance") if row["issuance_id"] not in issued_before]
    sheets = [s for s in await sandbox.stand("GET", "/practice/tray") if s["name"] not in printed_before]
    states = {screen.state for screen in visitor.seen}
    assert len(rows) <= 1
    for row in rows:
        cash = await sandbox.stand("GET", f"/cash/{row['issuance_id'].hex()}")
        city = await sandbox.municipality("SELECT state FROM issuing WHERE issuance_id = $1", row["issuance_id"])
        held = cash["state"] in {"held", "banked"}
        delivered = row["state"] == "closed"
        counted = [found["state"] for found in city] == ["counted"]
        printed = len(sheets) == 4
        assert held == delivered == counted == printed, (row["state"], cash, city, len(sheets))
        if not delivered:
            assert row["state"] in {"abandoned", "refunded", "refused"}
            assert not any(found["state"] in {"ready", "accepted"} for found in city)
    if victim != KIOSK and step not in {"opening", "choosing"}:
        assert [row["state"] for row in rows] == ["closed"], f"only the kiosk's death may end a session: {states}"


OPEN_ROWS = """
SELECT state, told FROM issuance
WHERE state NOT IN ('closed', 'refused', 'abandoned', 'refunded') OR NOT told
"""


async def come_to_rest(sandbox) -> None:
    """Until no row of the center waits for anything, and its municipality knows every outcome.

    What only a deadline of minutes ends is not waited for: two steps of the practice clock go beyond the longest one
    that a kiosk's silence runs into. Faster, and the replica, proven anew every five seconds, would seem old.
    """
    for turn in range(200):
        if not await sandbox.center(OPEN_ROWS):
            return
        await asyncio.sleep(0.1)
        if turn % 10 == 4:
            sandbox.move_clock(OPENED_LIFE_MS // 2 + 1_000)
    raise AssertionError(await sandbox.center(OPEN_ROWS))


async def test_a_signer_that_hangs_and_dies_while_a_document_waits_for_it_delays_and_loses_nothing(sandbox):
    blow = Blow(sandbox, SIGNER)
    hooks = {
        State.CHOOSING: blow.freeze(SIGNER),
        State.APPLYING: blow.then(blow.pause(1.0), blow.strike_and_thaw()),
    }
    before = {row["issuance_id"] for row in await sandbox.center("SELECT issuance_id FROM issuance")}
    async with KioskPage(sandbox.page()) as page:
        await Visitor(page, hooks=hooks).visit(at_most_s=100)
    await sandbox.take_card_away()
    await come_to_rest(sandbox)
    rows = [row for row in await sandbox.center("SELECT * FROM issuance") if row["issuance_id"] not in before]
    assert [row["state"] for row in rows] == ["closed"]
    stopped = "SELECT count(*) AS stops FROM route_stop"
    assert (await sandbox.municipality(stopped))[0]["stops"] == 0
