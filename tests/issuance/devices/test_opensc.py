"""OpenSC's own tools, unmodified, accept the virtual card through a real pcscd."""

import hashlib
import re
import time

import pytest
from pcsc_bench import READER, PcscBench, wait_until, why_not

from itaku.basis.clock import InstantMs
from itaku.issuance.devices.card_office import CardOffice
from itaku.issuance.protocol.card_check import verify_card_signature

WHY_NOT = why_not("opensc-tool", "pkcs15-tool", "pkcs11-tool")
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
DAY_MS = 86_400_000
DIGEST = hashlib.sha256(b"what was confirmed").digest()


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What every tool said, by step."""
    work = tmp_path_factory.mktemp("opensc")
    (work / "challenge").write_bytes(b"what was confirmed")
    now = time.time_ns() // 1_000_000
    card = CardOffice(work / "office").issue(0x1A, InstantMs(now - DAY_MS), InstantMs(now + DAY_MS), password="ABC123")
    bench = PcscBench()
    bench.start()
    try:
        bench.lay(card)
        wait_until(lambda: re.search(f"Yes.*{READER}", bench.inside("opensc-tool", "-l").stdout), seconds=90)
        yield _each_step(bench, work) | {"work": work}
    finally:
        bench.stop()


def _each_step(bench, work):
    certificate = ["--read-object", "--type", "cert", "--id", "01", "--output-file", f"{work}/certificate.der"]
    sign = ["--id", "01", "--sign", "--mechanism", "SHA256-RSA-PKCS", "--input-file", f"{work}/challenge"]
    pkcs11 = ["pkcs11-tool", "--module", "opensc-pkcs11.so"]
    steps = {
        "name": ["opensc-tool", "-n"],
        "dump": ["pkcs15-tool", "-D"],
        "objects": [*pkcs11, "-O"],
        "certificate": [*pkcs11, *certificate],
        "sign": [*pkcs11, "--login", "--pin", "1234", *sign, "--output-file", f"{work}/signature"],
        "unsigned": [*pkcs11, *sign, "--output-file", f"{work}/nothing"],
        **{f"wrong{n}": [*pkcs11, "--login", "--pin", "9999", "-O"] for n in (1, 2, 3, 4)},
        "blocked": ["pkcs15-tool", "-D"],
    }
    said = {}
    for name, command in steps.items():
        done = bench.inside(*command)
        said[name] = f"{done.stdout}{done.stderr}\nexit {done.returncode}"
    return said


def test_opensc_knows_the_card_by_its_application(said):
    assert "jpki" in said["name"].splitlines()
    assert re.findall(r"Tries left *: (\d)", said["dump"]) == ["3", "5"]
    assert said["dump"].count("X.509 Certificate [") == 4
    assert said["dump"].count("Private RSA Key [") == 2


def test_opensc_reads_the_certificate_and_verifies_pin_and_signature(said):
    assert "User Authentication Certificate" in said["objects"]
    certificate = (said["work"] / "certificate.der").read_bytes()
    signature = (said["work"] / "signature").read_bytes()
    verify_card_signature(certificate, DIGEST, signature)


def test_without_the_pin_opensc_gets_no_signature(said):
    assert "exit 0" not in said["unsigned"]
    assert not (said["work"] / "nothing").exists()


def test_three_wrong_pins_block_the_card_for_opensc_too(said):
    for number in (1, 2, 3):
        assert "CKR_PIN_INCORRECT" in said[f"wrong{number}"]
    assert "CKR_PIN_LOCKED" in said["wrong4"]
    assert re.findall(r"Tries left *: (\d)", said["blocked"]) == ["0", "5"]
    assert "exit 0" in said["blocked"]
