"""One issuance, and a crash before and after every single write of it, and a power cut at each quarter of a second."""

import pytest

from itaku.issuance.simulator.chance import Chance
from itaku.issuance.simulator.odds import CALM
from itaku.issuance.simulator.parts import Parts
from itaku.issuance.simulator.scenarios import Scenario, Topology
from itaku.issuance.simulator.world import World

ALONE = Scenario("alone", "one issuance, one planned fault", CALM, Topology(kiosks=1, residents=4), changes=0.0)
SEED = 1


def crash_at(number, group, kind):
    """Chance in which just the so-many-th draw of a group is a fault."""

    class Limit(float):
        """Compared with every draw of its group; above just one of them."""

        drawn = 0

        def __gt__(self, draw):
            self.drawn += 1
            return self.drawn == number

        def __le__(self, draw):
            return not self > draw

    class CrashAt(Chance):
        def __init__(self, *given):
            super().__init__(*given)
            self.limits[group] = Limit()

        def which(self, asked, _draw):
            assert asked == group
            self.faults[kind] += 1
            return kind

    return CrashAt


def world_with(chance=Chance):
    return World(SEED, ALONE, parts=Parts(chance=chance))


@pytest.mark.parametrize(
    ("group", "kind", "at_least"),
    [
        ("journal", "crash_before_write", 6),
        ("journal", "crash_after_write", 6),
        ("commit", "crash_before_commit", 9),
        ("commit", "crash_after_commit", 9),
        ("commit", "slow_commit", 9),
        ("network", "lost", 10),
        ("network", "twice", 10),
        ("network", "late", 10),
    ],
)
def test_one_fault_at_any_write_or_message_of_an_issuance_leaves_money_paper_and_counts_in_agreement(
    group, kind, at_least
):
    number = 0
    while True:
        number += 1
        world = world_with(crash_at(number, group, kind))
        world.run(1)
        if not world.chance.faults:
            break
        assert world.audit.violations == [], number
        assert not world.audit.cases, number
    assert number > at_least


def test_without_a_fault_the_issuance_is_delivered():
    world = world_with()
    world.run(1)
    assert (world.audit.delivered, world.audit.violations) == (1, [])


def moments():
    """Each quarter of a second from the resident's touch until everything about the issuance is told."""
    world = world_with()
    world.notes = []
    world.run(1)
    told = [note.at_ms for note in world.notes if note.node != "audit"]
    return range(told[0], told[-1] + 250, 250)


@pytest.mark.parametrize("power", [True, False], ids=["power cut", "program killed"])
def test_a_cut_at_any_quarter_of_a_second_leaves_money_paper_and_counts_in_agreement(power):
    cut_in = set()
    for moment_ms in moments():
        world = world_with()
        kiosk = world.kiosks[0]

        def cut(_, kiosk=kiosk, world=world):
            if power:
                kiosk.printer.lose_power(world.now)
            cut_in.add(kiosk.machine.state)
            kiosk._crash()

        world.after(moment_ms, cut, None)
        world.run(1)
        assert world.audit.violations == [], moment_ms
    assert {"choosing", "paying", "printing"} <= cut_in
