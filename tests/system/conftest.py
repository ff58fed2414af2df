"""One whole sandbox for the run: every node a process of its own, as `itaku up --sandbox` starts them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from kiosk_by_hand import Town
from sandbox_under_test import SandboxUnderTest

from itaku.basis.clock import InstantMs, SystemClock, to_jst
from itaku.basis.public_holidays import holiday_on
from itaku.supervisor.plan import Plan
from itaku.supervisor.progress import Silence
from itaku.supervisor.state import next_practice_morning, running
from itaku.supervisor.up import start


def _before_an_office_morning() -> InstantMs:
    """A moment after now whose next practice morning is on a weekday: family registers need an office at work."""
    seen = SystemClock().now() + 60_000
    while True:
        morning = next_practice_morning(InstantMs(seen))
        day = to_jst(morning).date()
        if day.weekday() < 5 and holiday_on(day) is None:
            return InstantMs(seen)
        seen = morning + 60_000


class PlanUnderTest(Plan):
    """The second kiosk's cash unit is a program of its own; the first one's belongs to its stand."""

    seconds_per_sheet = 0.15

    def __init__(self, state, database, **wishes) -> None:
        super().__init__(state, database, cash_units_apart=("k02",), **wishes)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxUnderTest]:
    directory = Path(tempfile.mkdtemp(prefix="itaku-system-"))
    directory.chmod(0o711)
    # Tests move the clock on by minutes: by this the sandbox begins at 10:00 of an office day, whatever the time is.
    (directory / "clock-seen").write_bytes(str(_before_an_office_morning()).encode())
    supervisor = start(directory, True, Silence(), make_plan=PlanUnderTest)
    try:
        yield SandboxUnderTest(directory, supervisor)
    finally:
        supervisor.stop()
        assert running(directory) is None
        if kept := os.environ.get("ITAKU_KEEP_LOGS"):
            shutil.copytree(directory / "log", kept, dirs_exist_ok=True)
        shutil.rmtree(directory)


@pytest.fixture
async def town(sandbox):
    town = Town(sandbox)
    await town.fresh()
    yield town
    await town.leave()
