"""The one logger: JSON lines, made by structlog and orjson. No names, numbers or PINs ever go into it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

import orjson
import structlog


def open_log(path: Path | None, node: str) -> structlog.typing.FilteringBoundLogger:
    """A logger that writes to a file (append, unbuffered), or to standard error where no file is named."""
    file: BinaryIO = sys.stderr.buffer
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab", buffering=0)
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
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
