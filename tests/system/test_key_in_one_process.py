"""The document key is in the signer's memory and in no other process's: read as only root may."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sandbox_under_test import MUNICIPALITY

from itaku.sandbox.town import CODE

CAP_SYS_PTRACE = 19
effective = re.search(r"CapEff:\t(\w+)", Path("/proc/self/status").read_text())
may_read = effective is not None and bool(int(effective[1], 16) >> CAP_SYS_PTRACE & 1)
SIGNER = f"signer-{CODE}"


def memory_holds(pid: int, marks: set[bytes]) -> bool:
    """Whether any writable memory of a process holds one of the marks."""
    regions = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) rw", Path(f"/proc/{pid}/maps").read_text(), re.MULTILINE)
    assert regions
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for first, last in regions:
            start, size = int(first, 16), int(last, 16) - int(first, 16)
            held = b""
            with contextlib.suppress(OSError):  # the kernel's own pages
                memory.seek(start)
                held = memory.read(size)
            if any(mark in held for mark in marks):
                return True
    return False


@pytest.mark.skipif(not may_read, reason="needs the right to read other processes' memory (CAP_SYS_PTRACE)")
@pytest.mark.parametrize("name", [f"documents-{CODE}-signing.key", f"code-{CODE}.key"])
def test_the_keys_for_documents_and_codes_are_in_the_signers_memory_alone(sandbox, name):
    pem = (sandbox.directory / "pki" / name).read_bytes()
    secret = load_pem_private_key(pem, None).private_numbers().private_value
    marks = {secret.to_bytes(32, "big"), secret.to_bytes(32, "little"), pem.splitlines()[1]}
    pids = sandbox.supervisor.pids()
    assert memory_holds(pids[SIGNER], marks), "a key that is used can be found so"
    assert not memory_holds(pids[MUNICIPALITY], marks)
    named = (sandbox.directory / "settings" / f"{MUNICIPALITY}.toml").read_text(encoding="utf-8")
    assert name not in named
