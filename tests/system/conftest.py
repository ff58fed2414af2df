"""One whole sandbox for the run: every node a process of its own, as `itaku up --sandbox` starts them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_under_test import SandboxUnderTest

from itaku.basis.clock import SystemClock
from itaku.supervisor.progress import Silence
from itaku.supervisor.up import start


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxUnderTest]:
    directory = Path(tempfile.mkdtemp(prefix="itaku-system-"))
    directory.chmod(0o711)
    # Tests move the clock on by minutes: by this the sandbox begins at 10:00 of a service day, whatever the time is.
    (directory / "clock-seen").write_bytes(str(SystemClock().now() + 60_000).encode())
    supervisor = start(directory, True, Silence())
    try:
        yield SandboxUnderTest(directory, supervisor)
    finally:
        supervisor.stop()
        if kept := os.environ.get("ITAKU_KEEP_LOGS"):
            shutil.copytree(directory / "log", kept, dirs_exist_ok=True)
        shutil.rmtree(directory)
