"""OpenSC's own tools, unmodified, accept the virtual card through a real pcscd."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pcsc_bench import why_not

from itaku.issuance.protocol.card_check import verify_card_signature

WHY_NOT = why_not("opensc-tool", "pkcs15-tool", "pkcs11-tool")
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What every tool said, by step."""
    work = tmp_path_factory.mktemp("opensc")
    script = Path(__file__).with_name("opensc_run.sh")
    done = subprocess.run(
        ["unshare", "-m", "-n", "sh", str(script), sys.executable, str(work)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"},
    )
    assert done.returncode == 0, (done.returncode, done.stderr)
    return {path.stem: path.read_text() for path in work.glob("*.txt")} | {"work": work}


def test_opensc_knows_the_card_by_its_application(said):
    assert "jpki" in said["name"].splitlines()
    assert re.findall(r"Tries left *: (\d)", said["dump"]) == ["3", "5"]
    assert said["dump"].count("X.509 Certificate [") == 4
    assert said["dump"].count("Private RSA Key [") == 2


def test_opensc_reads_the_certificate_and_verifies_pin_and_signature(said):
    assert "User Authentication Certificate" in said["objects"]
    certificate = (said["work"] / "certificate.der").read_bytes()
    signature = (said["work"] / "signature").read_bytes()
    verify_card_signature(certificate, hashlib.sha256(b"what was confirmed").digest(), signature)


def test_without_the_pin_opensc_gets_no_signature(said):
    assert "exit 0" not in said["unsigned"]
    assert not (said["work"] / "nothing").exists()


def test_three_wrong_pins_block_the_card_for_opensc_too(said):
    for number in (1, 2, 3):
        assert "CKR_PIN_INCORRECT" in said[f"wrong{number}"]
    assert "CKR_PIN_LOCKED" in said["wrong4"]
    assert re.findall(r"Tries left *: (\d)", said["blocked"]) == ["0", "5"]
    assert "exit 0" in said["blocked"]
