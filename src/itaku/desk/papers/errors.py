"""Errors of papers: what happened to the paper, and what to do next."""

from __future__ import annotations

from itaku.basis.errors import ItakuError


class PaperMovedError(ItakuError):
    """Somebody else changed the paper meanwhile."""

    code = "paper_moved"
    ja = "ほかの人が先に書き換えました。違いを見て、もう一度決めてください。書いたものは残っています。"
    en = "Somebody else changed it first. See the difference and decide again; what you wrote is kept."


class StepRefusedError(ItakuError):
    """The step is not open to this person, or not in this state."""

    code = "paper_step_refused"
    ja = "いまの書類の状態か、あなたの担当では、この操作はできません。書類は変わっていません。"
    en = "Not possible in the paper's state, or not among your duties. The paper is unchanged."


class PaperBlankError(ItakuError):
    """Required blanks are empty."""

    code = "paper_blank"
    ja = "書き込みの要る欄が空いています。下の欄を書いてから提出してください。"
    en = "Required blanks are empty. Fill them in below, then hand the paper in."


class ReasonMissingError(ItakuError):
    """A step needs a reason."""

    code = "paper_reason_missing"
    ja = "理由を書いてください。相手に伝わります。"
    en = "Write the reason; the other side reads it."


class FileGoneError(ItakuError):
    """The kept file is not there, or is not what it was."""

    code = "paper_file_gone"
    ja = "保管したファイルが見つからないか、変わっています。運用の担当に知らせてください。"
    en = "The kept file is missing or was changed. Tell your operator."
