"""Runs a command as its own process, and reads its answers line by line."""

from __future__ import annotations

import io
import json
import subprocess
import sys


def itaku(*arguments, given=b""):
    """Exit code, standard output and error of `itaku ...`."""
    done = subprocess.run(
        [sys.executable, "-m", "itaku.cli", *arguments], input=given, capture_output=True, check=False
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def answers(run, *lines):
    """What a run of requests answers, one object a line; a request that is no text or bytes is written as JSON."""
    written = [
        line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode()
        for line in lines
    ]
    out = io.BytesIO()
    assert run(io.BytesIO(b"\n".join(written) + b"\n"), out) == 0
    return [json.loads(line) for line in out.getvalue().splitlines()]
