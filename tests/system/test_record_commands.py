from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sandbox_under_test import MUNICIPALITY

from itaku.commands.issue import Wish, issue
from itaku.commands.record import KeyUnfitError, export, prove, verify
from itaku.issuance.protocol.kinds import Kind, ResidentRecordOptions
from itaku.supervisor.progress import Silence


def test_a_running_record_is_exported_and_verifies_with_its_published_key(sandbox, tmp_path):
    for record, name in (("center", "record-center"), (MUNICIPALITY, f"record-{MUNICIPALITY}")):
        report, _ = export(sandbox.directory, record, tmp_path / record)
        published = sandbox.directory / "pki" / f"{name}.pub"
        found, text, good = verify(None, tmp_path / record, published)
        assert good, text
        assert not found["key_from_copy"]
        assert report["record"] == record


def test_another_records_key_does_not_verify_it(sandbox, tmp_path):
    export(sandbox.directory, "center", tmp_path / "copy")
    stranger = tmp_path / "stranger.pub"
    public = Ed25519PrivateKey.generate().public_key()
    stranger.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    _, _, good = verify(None, tmp_path / "copy", stranger)
    assert not good


def test_a_file_that_is_no_key_is_refused(sandbox, tmp_path):
    export(sandbox.directory, "center", tmp_path / "copy")
    with pytest.raises(KeyUnfitError):
        verify(None, tmp_path / "copy", sandbox.directory / "pki" / "ca.pem")


def test_an_entry_of_a_real_issuance_is_proved(sandbox):
    issue(sandbox.directory, Wish("R0002", ResidentRecordOptions(), Kind.RESIDENT_RECORD, 1, "1234"), Silence())
    proof, text = prove(sandbox.directory, "center", "0")
    assert proof["seq"] == 0
    assert "checkpoint" in text
