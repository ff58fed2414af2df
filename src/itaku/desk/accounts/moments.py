"""The present, for rows of accounts: by the desk's clock, which the sandbox can move."""

from __future__ import annotations

import datetime as dt

from itaku.basis.clock import to_jst
from itaku.desk.asking import clock


def moment() -> dt.datetime:
    """Now, in Japan."""
    return to_jst(clock().now())
