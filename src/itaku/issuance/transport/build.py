"""Which build a program is: every node says so to its peers, and the center serves none that is not approved (R6)."""

from __future__ import annotations

from itaku import __version__
from itaku.basis.errors import ItakuError

RUNNING_BUILD = f"itaku-{__version__}"
"""The build of the program that runs here."""
BUILD_HEADER = "Itaku-Build"
"""The header of requests and answers between nodes that carries the sender's build."""


class BuildNotApprovedError(ItakuError):
    """This program's build is not among those that its own settings approve."""

    code = "own_build_not_approved"
    ja = "このプログラムの版は承認されていません。承認された版に入れ替えるか、approved_builds に加えてください。"
    en = "This program's build is not approved. Install an approved one, or add it to approved_builds."


def require_approved(approved: tuple[str, ...], build: str = RUNNING_BUILD) -> None:
    """Returns if this program may serve, else `BuildNotApprovedError`: an old instance must not come back unnoticed."""
    if build not in approved:
        raise BuildNotApprovedError(build)
