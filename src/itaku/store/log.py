"""The one logger: JSON lines, made by structlog and orjson. No names, numbers or PINs ever go into it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

import orjson


@contextlib.contextmanager
def _as_if_absent(package: str) -> Iterator[None]:
    """Within, that package cannot be imported, unless it is loaded already."""
    if package in sys.modules:
        yield
        return
    modules = cast("dict[str, object]", sys.modules)
    modules[package] = None
    try:
        yield
    finally:
        del modules[package]


# It would load rich, wherever that is installed, for a renderer on terminals that nobody here uses: a tenth of the time
# that a node takes to start.
with _as_if_absent("rich"):
    import structlog

Log: TypeAlias = structlog.typing.FilteringBoundLogger
"""What all parts log to; others than this module need not know the library."""


def open_log(path: Path | None, node: str) -> Log:
    """A logger that writes to a file (append, unbuffered), or to standard error where no file is named."""
    file: BinaryIO = sys.stderr.buffer
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab", buffering=0)
    logger: Log = structlog.wrap_logger(
        structlog.BytesLogger(file),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event, default=str)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
    )
    return logger.bind(node=node)
