"""One whole sandbox for the run: every node a process of its own, as `itaku up --sandbox` starts them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from itaku.supervisor.progress import Silence
from itaku.supervisor.up import start
from sandbox_under_test import SandboxUnderTest


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxUnderTest]:
    directory = Path(tempfile.mkdtemp(prefix="itaku-system-"))
    directory.chmod(0o711)
    supervisor = start(directory, True, Silence())
    try:
        yield SandboxUnderTest(directory, supervisor)
    finally:
        supervisor.stop()
        shutil.rmtree(directory)
