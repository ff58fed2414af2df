"""How often each thing goes wrong in a simulated world, each between 0 and 1."""

from __future__ import annotations

from typing import NamedTuple


class Odds(NamedTuple):
    """Every kind of fault that a world can inject. The names are those that `itaku simulate` counts."""

    # The network: each leg of each message.
    lost: float = 0.02
    twice: float = 0.02
    late: float = 0.01
    """A message, or its answer, comes seconds later, behind messages that were sent after it."""
    line_cut: float = 0.03
    """A kiosk's line is cut for a while during a session; sometimes for very long."""
    relay_cut: float = 0.0005
    """A relay is cut off from the centers."""
    city_cut: float = 0.0005
    """A municipality is cut off from the centers."""
    tampered: float = 0.002
    """The relay puts another session's document into an answer."""
    forged: float = 0.002
    """The relay alters an application on its way."""
    intruder: float = 0.01
    """A message from where none may come: another kiosk's name, a shop at the center, a relay at a municipality."""
    # Servers, each step of each instance.
    slow_commit: float = 0.03
    """A step's write is late, so that another instance may write first."""
    crash_before_commit: float = 0.002
    crash_after_commit: float = 0.002
    silent_municipality: float = 0.02
    withheld: float = 0.03
    busy: float = 0.02
    """Admission has no room at `open`."""
    record_refused: float = 0.0003
    """The record of center or municipality takes no entries for a while."""
    # Rendering.
    render_failed: float = 0.02
    slow_render: float = 0.03
    wrong_document: float = 0.0002
    """A render job delivers another job's document."""
    blank_number: float = 0.0
    """A resident's record lacks the personal number that was asked for (R8)."""
    wrong_era: float = 0.0
    """The form writes a date in an era that had ended (R9)."""
    no_seal: float = 0.0
    """The office's or the resident's seal is missing (R10)."""
    # The register's feed, each delta.
    delta_lost: float = 0.05
    delta_twice: float = 0.03
    delta_late: float = 0.03
    feed_cut: float = 0.001
    """The feed stands still for minutes."""
    # The kiosk.
    crash: float = 0.05
    """Of the kiosk, in one session."""
    power_cut: float = 0.02
    """Of kiosk and printer, in one session."""
    crash_before_write: float = 0.003
    crash_after_write: float = 0.003
    """Before or after any write of the kiosk's journal."""
    old_build: float = 0.0
    """A kiosk runs a build that is not approved."""
    # The card and the resident.
    no_card: float = 0.02
    card_hangs: float = 0.01
    card_gone: float = 0.02
    wrong_pin: float = 0.05
    gives_up: float = 0.03
    # The printer.
    not_ready: float = 0.01
    jam: float = 0.03
    cover_open: float = 0.01
    paper_out: float = 0.03
    abort: float = 0.02
    stalled: float = 0.02
    """The printer stands still for minutes and says nothing of it."""
    forgotten: float = 0.01
    """The printer forgets a job after it has printed it."""
    unreadable: float = 0.02
    """The printer's counter cannot be read."""
    # The cash unit.
    not_paid: float = 0.03
    slow_payer: float = 0.03
    cash_refuses: float = 0.02
    """The cash unit gives the coins back by itself."""
    coins_stuck: float = 0.02
    refund_fault: float = 0.1
    # Any device.
    slow_device: float = 0.05
    """A device answers after seconds instead of at once."""
    dead_device: float = 0.003
    """A device does not answer at all."""
    # The shop.
    shop_silent: float = 0.02
    bad_copy: float = 0.01
    """One sheet of a delivered set is spoilt: the clerk takes the set back and voids all of it (R11)."""


CALM = Odds(*([0.0] * len(Odds._fields)))
"""Nothing goes wrong."""

STORM = Odds(
    lost=0.1,
    twice=0.1,
    late=0.05,
    line_cut=0.05,
    relay_cut=0.005,
    city_cut=0.005,
    tampered=0.02,
    forged=0.005,
    intruder=0.02,
    slow_commit=0.1,
    crash_before_commit=0.01,
    crash_after_commit=0.01,
    silent_municipality=0.1,
    withheld=0.05,
    record_refused=0.001,
    render_failed=0.05,
    slow_render=0.15,
    wrong_document=0.005,
    delta_lost=0.2,
    delta_twice=0.1,
    delta_late=0.1,
    feed_cut=0.003,
    crash=0.1,
    power_cut=0.05,
    crash_before_write=0.02,
    crash_after_write=0.02,
    no_card=0.02,
    card_hangs=0.02,
    card_gone=0.05,
    wrong_pin=0.15,
    gives_up=0.1,
    not_ready=0.01,
    jam=0.1,
    cover_open=0.05,
    paper_out=0.15,
    abort=0.1,
    stalled=0.05,
    forgotten=0.08,
    unreadable=0.1,
    not_paid=0.1,
    slow_payer=0.1,
    cash_refuses=0.1,
    coins_stuck=0.4,
    refund_fault=0.3,
    slow_device=0.35,
    dead_device=0.03,
    shop_silent=0.1,
    bad_copy=0.2,
)
"""So much goes wrong at once that every edge of every table is taken."""
