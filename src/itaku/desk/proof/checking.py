"""Checking a bundle without any server (証拠一式の検証): the record's proofs, the events, and everything that follows.

Nothing in the ZIP is believed: files are held against the manifest, events against the signed record, and every other
file against what the events give when they are replayed anew.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from itaku import __version__
from itaku.basis.clock import InstantMs
from itaku.basis.errors import ItakuError
from itaku.contracts.engine.events import Told
from itaku.contracts.shelf import form
from itaku.desk.proof.bundle import FORMAT, MANIFEST, Manifest, packed
from itaku.desk.proof.contents import Contents, PaperFile, files_of
from itaku.desk.proof.proven import Wrong, against_filings, entry_in, unfiled
from itaku.record.about import Proved
from itaku.record.note import NoteError, PublicKey
from itaku.record.proof import InclusionProof, check_inclusion

LARGEST = 500_000_000
"""Bytes of a bundle that are read at most."""


class BundleReport(NamedTuple):
    """What the check found.

    `recomputed`: states, sums and pages were made again; else another version made them. `unproved`: numbers of events
    that the record does not prove yet (0: the opening); such a bundle is not the whole proof. `unfiled`: papers of
    which the contract was not told, so that the manifest alone speaks of them and of their attachments.
    """

    wrong: tuple[Wrong, ...]
    contract: str
    as_of: str
    events: int
    proofs: int
    unproved: tuple[int, ...]
    papers: int
    attachments: int
    unfiled: int
    key_fingerprint: str
    key_from_bundle: bool
    recomputed: bool

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong, and nothing is still to be proved."""
        return not self.wrong and not self.unproved

    def as_json(self) -> dict[str, object]:
        """The report as plain data."""
        return {**self._asdict(), "ok": self.ok, "wrong": [each._asdict() for each in self.wrong]}

    def text(self) -> str:
        """The report for a person, Japanese first."""
        lines = [
            self._verdict(),
            f"契約 contract: {self.contract}  時点 as of: {self.as_of}",
            f"できごと events: {self.events:,}  証明 proofs: {self.proofs:,}",
            f"書類 papers: {self.papers:,}  添付 attachments: {self.attachments:,}",
            f"鍵の指紋 key fingerprint: {self.key_fingerprint}",
        ]
        if self.key_from_bundle:
            lines.append(
                "鍵は一式の中のものです。指紋を控えと比べてください / the key is the bundle's own: compare fingerprints"
            )
        if self.unproved:
            numbers = ", ".join(map(str, self.unproved))
            lines.append(f"まだ証明のないできごと / events not proved yet: {numbers}")
        if self.unfiled:
            lines.append(
                f"書類{self.unfiled:,}件は契約に届いた記録がなく、目録だけが裏づけです"
                f" / {self.unfiled:,} papers are vouched for by the manifest alone"
            )
        if self.ok and not self.recomputed:
            lines.append(
                "別の版が作ったため、計算し直してはいません / made by another version: what follows was not made again"
            )
        lines += [f"- {each.place}: {each.ja} / {each.en}" for each in self.wrong]
        return "\n".join(lines) + "\n"

    def _verdict(self) -> str:
        if self.wrong:
            return "証拠一式に誤りがあります / the bundle is NOT intact"
        if self.unproved:
            return (
                "途中の証拠一式です。全体の証明にはなりません / the bundle is NOT COMPLETE: it is no proof of the whole"
            )
        return "証拠一式は正しいものです / the bundle is intact"


class _UnreadableError(Exception):
    """The bundle cannot be read so far that it could be checked."""

    def __init__(self, *wrong: Wrong) -> None:
        super().__init__()
        self.wrong = wrong


def check(path: Path, public_key: str | None = None) -> BundleReport:
    """Checks a ZIP. `public_key` is the record's key line as you know it. Raises nothing: what is wrong is said."""
    try:
        content = path.read_bytes() if path.stat().st_size <= LARGEST else b""
        files, manifest = _opened(content)
        return _checked(content, files, manifest, public_key)
    except _UnreadableError as error:
        return _hopeless(*error.wrong)
    except OSError as error:
        return _hopeless(Wrong("file", "読めません", f"cannot be read: {error.strerror}"))


def origin_in(path: Path) -> str | None:
    """The origin of the record that a bundle names; None if it names none."""
    try:
        with zipfile.ZipFile(path) as source, source.open("record/key.txt") as file:
            return file.read(1000).decode("ascii").split("+", 1)[0]
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return None


def _opened(content: bytes) -> tuple[dict[str, bytes], Manifest]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as source:
            infos = source.infolist()
            small = sum(each.file_size for each in infos) <= LARGEST  # before anything is unpacked
            files = {each.filename: source.read(each) for each in infos if small}
        manifest = msgspec.json.decode(files[MANIFEST], type=Manifest)
    except Exception as error:  # whatever a hostile ZIP makes the reader raise is one finding
        wrong = Wrong("file", "証拠一式のZIPとして読めません", f"no bundle: {type(error).__name__}")
        raise _UnreadableError(wrong) from error
    if manifest.format != FORMAT:
        raise _UnreadableError(Wrong(MANIFEST, "知らない形式です", "unknown format"))
    return files, manifest


def _checked(content: bytes, files: dict[str, bytes], manifest: Manifest, public_key: str | None) -> BundleReport:
    wrong = _against_manifest(content, files, manifest)
    try:
        contents = _contents(files, manifest)
    except Exception as error:  # noqa: BLE001 as above: a finding, whatever it was
        return _hopeless(*wrong, Wrong("contents", "中身を読めません", f"unreadable: {type(error).__name__}"))
    key = public_key or contents.proved.public_key
    wrong += _against_record(contents, key)
    wrong += against_filings(contents)
    missing = _still_unproved(contents)
    if (missing, not missing) != (manifest.unproved, manifest.complete):
        wrong.append(Wrong(MANIFEST, "証明のないできごとが目録と違います", "it names other events as not proved"))
    same_version = manifest.version == __version__
    if same_version and not wrong:  # what is changed already need not be made again
        wrong += _against_replay(contents, files)
    try:
        fingerprint = PublicKey.parse(key.strip()).fingerprint
    except NoteError:
        fingerprint = ""
    return BundleReport(
        tuple(wrong),
        manifest.contract,
        manifest.as_of,
        len(contents.told),
        len(contents.proved.proofs),
        missing,
        len(contents.papers),
        sum(len(each.attachments) for each in contents.papers),
        unfiled(contents),
        fingerprint,
        public_key is None,
        same_version,
    )


def _still_unproved(contents: Contents) -> tuple[int, ...]:
    """What no proof is about. Proofs that cannot be read were found wrong before; then nothing counts as proved."""
    try:
        return contents.unproved
    except (ValueError, TypeError, KeyError):
        return tuple(range(len(contents.told) + 1))


def _against_manifest(content: bytes, files: dict[str, bytes], manifest: Manifest) -> list[Wrong]:
    """Files that are missing, too many or changed; and bytes of the ZIP itself that are not as it is packed."""
    wrong = []
    for name in sorted({*files, *manifest.files} - {MANIFEST}):
        said, data = manifest.files.get(name), files.get(name)
        if said is None:
            wrong.append(Wrong(name, "目録にありません", "not in the manifest"))
        elif data is None:
            wrong.append(Wrong(name, "ファイルがありません", "missing"))
        elif (hashlib.sha256(data).hexdigest(), len(data)) != (said.sha256, said.bytes):
            wrong.append(Wrong(name, "内容が変わっています", "its content was changed"))
    if not wrong and packed(files) != content:
        wrong.append(Wrong("file", "ZIPそのものが変わっています", "the ZIP itself was changed"))
    return wrong


def _contents(files: dict[str, bytes], manifest: Manifest) -> Contents:
    proofs = tuple(InclusionProof.from_json(line) for line in files["record/proofs.ndjson"].splitlines())
    papers = msgspec.json.decode(files["papers.json"], type=tuple[PaperFile, ...])
    return Contents(
        contract=manifest.contract,
        form=manifest.form,
        as_of=InstantMs(manifest.as_of_ms),
        told=tuple(msgspec.json.decode(line, type=Told) for line in files["events.ndjson"].splitlines()),
        naming=files.get("naming.json"),
        papers=papers,
        files={digest: files[name] for each in papers for name, digest in each.enclosed.items()},
        proved=Proved(
            files["record/key.txt"].decode().strip(),
            files["record/checkpoint.txt"].decode(),
            proofs,
            len(manifest.unproved),
        ),
    )


def _against_record(contents: Contents, key: str) -> list[Wrong]:
    """Each proof leads to the checkpoint; the entries are this contract's opening and its events, without a gap."""
    wrong, opened, told = [], [], {}
    for proof in contents.proved.proofs:
        place = f"record entry {proof.seq}"
        try:
            check_inclusion(proof, key)
            entry = entry_in(proof)
            facts = entry["facts"]
        except (ItakuError, ValueError, TypeError, KeyError) as error:
            wrong.append(Wrong(place, "記録の証明が成り立ちません", f"its proof fails: {error}"))
            continue
        if proof.checkpoint != contents.proved.checkpoint or facts.get("contract") != contents.contract:
            wrong.append(Wrong(place, "別の記録の証明です", "a proof of something else"))
        elif entry["kind"] == "contract.opened":
            opened.append(facts)
        else:
            told[facts["seq"]] = facts
    for number, event in enumerate(contents.told, 1):
        facts = told.get(number)
        digest = hashlib.sha256(msgspec.json.encode(event)).digest()
        if facts is not None and facts["sha256"] != digest:
            wrong.append(Wrong(f"event {number}", "記録されたものと違います", "not what was recorded"))
    if set(told) - set(range(1, len(contents.told) + 1)):
        wrong.append(Wrong("events.ndjson", "記録された出来事が抜けています", "recorded events are missing"))
    wrong += _against_opening(contents, opened)
    return wrong


def _against_opening(contents: Contents, opened: list[dict[str, Any]]) -> list[Wrong]:
    """The form and the names are those under which the contract was opened."""
    if not opened:
        return []  # counted among what is not proved
    wrong = []
    naming = None if contents.naming is None else hashlib.sha256(contents.naming).digest()
    if (opened[0].get("form"), opened[0].get("naming_sha256")) != (contents.form, naming):
        wrong.append(
            Wrong("naming.json", "開いたときの書式・名前と違います", "not the form and names it was opened by")
        )
    return wrong


def _against_replay(contents: Contents, files: dict[str, bytes]) -> list[Wrong]:
    """Every file, made again from the events. A contract file that differs from ours is said once."""
    try:
        said = msgspec.json.decode(files["contract.json"])["file_sha256"]
        if said != form(contents.form).sha256.hex():
            return [Wrong("contract.json", "契約の書式が手もとのものと違います", "its form is not the one here")]
        again = files_of(contents)
    except Exception as error:  # noqa: BLE001 what cannot be replayed is a finding, whatever it was
        return [Wrong("contract.json", "計算し直せません", f"cannot be replayed: {type(error).__name__}")]
    return [
        Wrong(name, "できごとから計算したものと違います", "not what follows from the events")
        for name, data in again.items()
        if files.get(name) != data
    ]


def _hopeless(*wrong: Wrong) -> BundleReport:
    return BundleReport(wrong, "", "", 0, 0, (), 0, 0, 0, "", key_from_bundle=True, recomputed=False)
