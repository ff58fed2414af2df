"""What the verifier says: findings, each with its place, and the report over a whole copy. Needs nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_FINDINGS = 1000
"""More findings than this are not listed: the copy is worthless by then."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, with a stable code and words in Japanese and English.

    `place` is "entry 17", "entries 3-5", "checkpoint 3", "header" or "file"; `first_byte` and `end_byte` (one past the
    last) are the file's bytes that show it.
    """

    place: str
    first_byte: int
    end_byte: int
    code: str
    ja: str
    en: str


@dataclass(frozen=True)
class VerifyReport:
    """What the verifier found. `ok` only if nothing at all is wrong.

    `entries` and `checkpoints` count what was read; `root` (hex) and `at_ms` (ms UTC) are those of the last good
    checkpoint. `key_fingerprint` names the key; if `key_from_copy`, the key came from the copy itself: compare the
    fingerprint with one that you know, for otherwise a wholly invented record would pass.
    """

    ok: bool
    entries: int
    checkpoints: int
    root: str
    at_ms: int | None
    key_fingerprint: str
    key_from_copy: bool
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, object]:
        """The report as plain data, for `--json`."""
        return {
            "ok": self.ok,
            "entries": self.entries,
            "checkpoints": self.checkpoints,
            "root": self.root,
            "at_ms": self.at_ms,
            "key_fingerprint": self.key_fingerprint,
            "key_from_copy": self.key_from_copy,
            "findings": [dict(vars(finding)) for finding in self.findings],
        }

    def text(self) -> str:
        """The report for a person, Japanese first."""
        verdict = (
            "正しい記録です / the record is intact" if self.ok else "記録に誤りがあります / the record is NOT intact"
        )
        lines = [
            verdict,
            f"記録 entries: {self.entries:,}  署名 checkpoints: {self.checkpoints:,}",
            f"根 root: {self.root}",
            f"鍵の指紋 key fingerprint: {self.key_fingerprint}",
        ]
        if self.key_from_copy:
            lines.append(
                "鍵は写しの中のものです。指紋を控えと比べてください / the key is the copy's own: compare fingerprints"
            )
        lines += [
            f"- {found.place} [{found.first_byte}-{found.end_byte}) {found.code}: {found.ja} / {found.en}"
            for found in self.findings
        ]
        return "\n".join(lines) + "\n"


@dataclass
class Findings:
    """Collects findings; `region` is the line under way (first byte, one past the last)."""

    found: list[Finding] = field(default_factory=list)
    region: tuple[int, int] = (0, 0)

    def add(self, place: str, code: str, ja: str, en: str, region: tuple[int, int] | None = None) -> None:
        """Notes a finding, at the line under way unless a region is given."""
        if len(self.found) < MAX_FINDINGS:
            first, end = self.region if region is None else region
            self.found.append(Finding(place, first, end, code, ja, en))


def span(one: str, many: str, first: int, end: int) -> str:
    """A place over several: "entry 3", or "entries 3-5"; `end` is one past the last."""
    return f"{one} {first}" if end - first == 1 else f"{many} {first}-{end - 1}"
