"""`python -m itaku.verification SETTINGS.toml`: the public verification page."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from itaku.issuance.transport.running import run_node
from itaku.issuance.transport.settings import read_settings
from itaku.store.log import open_log
from itaku.verification.settings import VerificationSettings
from itaku.verification.site import serving


@asynccontextmanager
async def verification(path: Path) -> AsyncIterator[None]:
    """Serves as the settings file says."""
    settings = read_settings(path, VerificationSettings)
    log = open_log(Path(settings.log_file) if settings.log_file else None, settings.name)
    async with serving(settings, log):
        log.info("ready")
        yield


if __name__ == "__main__":
    sys.exit(run_node(verification, sys.argv))
