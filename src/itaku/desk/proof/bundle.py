"""The ZIP of a bundle (証拠一式のZIP): stored, sorted, without times, so that its bytes follow from what is in it."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping

import msgspec

from itaku import __version__
from itaku.basis.clock import InstantMs
from itaku.desk.proof.contents import Contents, files_of, moment

FORMAT = "itaku-proof-2"
MANIFEST = "manifest.json"
_STAMP = (2020, 1, 1, 0, 0, 0)


class FileOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file's digest and length."""

    sha256: str
    bytes: int


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a bundle says of itself. `made_at` is when it was made; all else follows from the contract."""

    format: str
    version: str
    contract: str
    form: str
    as_of_ms: int
    as_of: str
    made_at: str
    complete: bool
    """Whether the record proves every event: only then it is a proof of the whole contract."""
    unproved: tuple[int, ...]
    """Numbers of the events that were not in the record yet when the bundle was made; 0 is the opening."""
    files: dict[str, FileOf]


def bundle(contents: Contents, made_at: InstantMs) -> bytes:
    """The ZIP. Its comment is the manifest's digest."""
    files = files_of(contents)
    manifest = Manifest(
        format=FORMAT,
        version=__version__,
        contract=contents.contract,
        form=contents.form,
        as_of_ms=int(contents.as_of),
        as_of=moment(contents.as_of),
        made_at=moment(made_at),
        complete=not contents.unproved,
        unproved=contents.unproved,
        files={name: FileOf(hashlib.sha256(data).hexdigest(), len(data)) for name, data in files.items()},
    )
    return packed({**files, MANIFEST: msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"})


def packed(files: Mapping[str, bytes]) -> bytes:
    """Files as a ZIP: the same files give the same bytes, so a changed byte anywhere is seen by packing anew."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            target.writestr(entry, files[name])
        target.comment = hashlib.sha256(files[MANIFEST]).hexdigest().encode()
    return out.getvalue()
