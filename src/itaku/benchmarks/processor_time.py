"""Processor time of running processes, as Linux counts it: what a service costs, whoever else is on the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM, _USER_OF_DEAD, _SYSTEM_OF_DEAD = 1, 11, 12, 13, 14
"""Places in /proc/PID/stat, counted from the state on, which follows the name in parentheses (proc_pid_stat(5))."""


def processor_ms(processes: Mapping[str, int]) -> dict[str, float]:
    """Milliseconds of processor time that each process has used since it began, with all its children, dead or alive.

    A process that is gone counts as 0: whoever takes differences sees that it went.
    """
    table = {pid: fields for pid in _pids() if (fields := _fields(pid))}
    return {name: _with_children(pid, table) for name, pid in processes.items()}


def machine_ms() -> float:
    """Milliseconds of processor time that the whole machine has used since it began, all cores together."""
    user, nice, system, _idle, _waiting, interrupts, soft_interrupts = map(
        int, Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:8]
    )
    return (user + nice + system + interrupts + soft_interrupts) * _TICK_MS


def _with_children(pid: int, table: Mapping[int, list[str]]) -> float:
    fields = table.get(pid)
    if fields is None:
        return 0.0
    ticks = sum(int(fields[place]) for place in (_USER, _SYSTEM, _USER_OF_DEAD, _SYSTEM_OF_DEAD))
    children = [child for child, facts in table.items() if int(facts[_PARENT]) == pid]
    return ticks * _TICK_MS + sum(_with_children(child, table) for child in children)


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _fields(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
