"""Errors of papers: what happened to the paper, and what to do next."""

from __future__ import annotations

from itaku.basis.errors import ItakuError, Temper


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


class QuorumUnfitError(ItakuError):
    """The number of people is none, or more than sit there."""

    code = "paper_quorum_unfit"
    ja = "承認の人数は、1人から、その側で操作できる人の数までです。人数は変わっていません。"
    en = "Between one and as many people as act for that side. The number is unchanged."


class SealError(ItakuError):
    """The seal or the time-stamp could not be had, or did not verify."""

    code = "paper_not_sealed"
    temper = Temper.RETRYABLE
    ja = "電子署名か時刻の証明を付けられませんでした。書類は提出されていません。少し待って、もう一度提出してください。"
    en = "It could not be signed or time-stamped, and was not handed in. Wait a little and hand it in again."


class UploadTooLargeError(ItakuError):
    """The file is larger than may be attached, empty, or there are too many."""

    code = "paper_upload_size"
    ja = "空のファイル、20MBを超えるファイル、1つの版に21件目の添付は受け取れません。"
    en = "Empty files, files over 20 MB, and a 21st attachment of a version are not taken."


class UploadTypeError(ItakuError):
    """The content is none of the kinds that may be attached, whatever the name says."""

    code = "paper_upload_type"
    ja = "受け取れるのは、PDF、Word(docx)、Excel(xlsx)、PNG、JPEG、文字だけのファイルです。中身で判断しています。"
    en = "Taken are PDF, Word (docx), Excel (xlsx), PNG, JPEG and plain text. The content decides, not the name."


class UploadActiveError(ItakuError):
    """The file holds something that runs: macros, scripts, embedded programs or files, or outside parts."""

    code = "paper_upload_active"
    ja = (
        "マクロ、スクリプト、埋込みファイル、外部の部品を含むファイルは受け取れません。取り除いて保存し直してください。"
    )
    en = "Files with macros, scripts, embedded files or outside parts are not taken. Save it without them."


class UploadUnreadableError(ItakuError):
    """The file is damaged or locked, so that its content cannot be told."""

    code = "paper_upload_unreadable"
    ja = "壊れているか、暗号やパスワードで開けないファイルです。開けることを確かめて、出し直してください。"
    en = "The file is damaged or locked. Make sure that it opens, and send it again."


class FormUnfitError(ItakuError):
    """What was brought back is not this paper's form."""

    code = "paper_form_unfit"
    ja = "この書類から出したWordかExcelではありません。この画面の「Word」か「Excel」から出した用紙に書いてください。"
    en = "It is not the Word or Excel form of this paper. Use the form that this page gives."
