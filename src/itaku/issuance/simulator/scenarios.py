"""Named worlds: the failures that really happened (R1 to R12), each with its odds, its topology and its load."""

from __future__ import annotations

from typing import NamedTuple

from itaku.issuance.simulator.odds import CALM, STORM, Odds


class Topology(NamedTuple):
    """How many of each node; two and more of every kind unless a scenario says otherwise."""

    kiosks: int = 64
    kiosks_in_a_shop: int = 8
    relays: int = 2
    centers: int = 3
    municipalities: int = 2
    instances: int = 2
    """Of each municipality."""
    residents: int = 400


class Scenario(NamedTuple):
    """A world's conditions."""

    name: str
    says: str
    odds: Odds = Odds()
    topology: Topology = Topology()
    changes: float = 0.5
    """How likely the registers change once more in each delta of the feed."""
    bursts: bool = False
    """Everyone touches the screen in the same millisecond of a whole second."""
    calm: bool = False
    """Nothing goes wrong, so nothing may be refused."""


_O = Odds()

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("ordinary", "every fault, each now and then"),
        Scenario("calm", "nothing goes wrong: no guard makes a sound (I9)", CALM, changes=0.0, calm=True),
        Scenario("storm", "so much goes wrong at once that every edge of every table is taken", STORM),
        Scenario(
            "R1",
            "the renderer is slower than every limit, under load; late results are discarded",
            _O._replace(slow_render=0.35, wrong_document=0.005, slow_commit=0.1, twice=0.1),
            Topology(kiosks=96, instances=3),
        ),
        Scenario(
            "R2",
            "changes of the register come while certificates are made and asked for again",
            _O._replace(lost=0.1, twice=0.1, late=0.05, delta_late=0.1, delta_twice=0.1, wrong_document=0.002),
            changes=0.9,
        ),
        Scenario(
            "R3",
            "two applicants and more in the same millisecond",
            _O._replace(twice=0.1, slow_commit=0.1),
            Topology(kiosks=64, instances=3, residents=60),
            bursts=True,
        ),
        Scenario(
            "R4",
            "another family's certificate: R1, R2 and R3 at once, namesakes among the applicants",
            _O._replace(
                slow_render=0.2, wrong_document=0.01, lost=0.1, twice=0.1, late=0.05, slow_commit=0.1, delta_late=0.1
            ),
            Topology(kiosks=64, instances=3, residents=20),
            changes=0.8,
            bursts=True,
        ),
        Scenario(
            "R5",
            "seals are deleted, people move, and the feed drops, doubles and disorders its deltas",
            _O._replace(delta_lost=0.25, delta_twice=0.15, delta_late=0.25, feed_cut=0.01),
            Topology(residents=60),
            changes=0.95,
        ),
        Scenario(
            "R6",
            "sessions end in errors and the next resident comes; some kiosks run a build that is not approved",
            _O._replace(
                old_build=0.25, crash=0.15, card_gone=0.1, gives_up=0.15, wrong_pin=0.15, card_hangs=0.05, tampered=0.02
            ),
        ),
        Scenario(
            "R7",
            "many instances of every node, races for every row, crashes before and after every commit",
            _O._replace(slow_commit=0.3, crash_before_commit=0.01, crash_after_commit=0.01, twice=0.2, late=0.1),
            Topology(relays=4, centers=5, municipalities=3, instances=4),
        ),
        Scenario(
            "R8",
            "a resident's record lacks the personal number that is asked for",
            _O._replace(blank_number=0.3),
        ),
        Scenario(
            "R9",
            "dates around every change of era; a form that counts on in the ended one",
            _O._replace(wrong_era=0.08),
        ),
        Scenario("R10", "a page comes out without its seal", _O._replace(no_seal=0.05)),
        Scenario(
            "R11",
            "one copy of several is spoilt: the whole set is void, and the fee goes back",
            _O._replace(jam=0.12, abort=0.08, unreadable=0.1, forgotten=0.08, refund_fault=0.3, bad_copy=0.2),
        ),
        Scenario(
            "R12",
            "every fault of every device, power and network gone at each step",
            STORM._replace(silent_municipality=0.02, withheld=0.01, card_gone=0.01, gives_up=0.03, power_cut=0.15),
        ),
    )
}
"""By name."""

ORDINARY = SCENARIOS["ordinary"]
