"""What a node does so that what it holds in memory gets to no disk: no core dump, no swap, no other process's eyes."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource

_PR_SET_DUMPABLE = 4
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4


def forbid_dumps() -> None:
    """No core file, and no reading of this process's memory by another one of the same user (prctl(2), core(5)).

    A dump handed to a program (`core_pattern` with `|`) heeds no size limit: being undumpable forbids that one too.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE)")


def lock_memory() -> str:
    """Keeps all memory of this process out of swap, now and from here on; empty, or why the system refused (mlock(2)).

    Pages are locked as they are touched. Where a limit is set the future is not locked: the first page beyond the limit
    would end the process.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (hard, hard))
    if hard != resource.RLIM_INFINITY and not _may_lock_all():
        return f"RLIMIT_MEMLOCK is {hard}"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) != 0:
        return os.strerror(ctypes.get_errno())
    return ""


_CAP_IPC_LOCK = 14


def _may_lock_all() -> bool:
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 a file of the kernel's, read once
        effective = next(int(line.split()[1], 16) for line in status if line.startswith("CapEff:"))
    return bool(effective >> _CAP_IPC_LOCK & 1)
