"""The signer, a process of its own: with a key file and with a token (SoftHSM), through kills and bad requests."""

import datetime as dt
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from cryptography.x509.oid import NameOID

from itaku.issuance.certificates.cms import verified
from itaku.issuance.certificates.code import (
    BACK_CONTEXT,
    FRONT_CONTEXT,
    CodeFacts,
    CodeSigner,
    verified_payload,
    verify_code,
)
from itaku.issuance.certificates.failures import BadCode
from itaku.issuance.municipality.signer.settings import CodeKeySettings, HsmSettings, SignerSettings
from itaku.issuance.municipality.signer.wire import MAX_CODE_BYTES
from itaku.issuance.municipality.signer_line import CodeLine, SignerAwayError, SignerLine
from itaku.issuance.protocol.kinds import Kind
from itaku.store.ready import READY_VARIABLE
from itaku.supervisor.settings import plain, write_settings

DIGEST = hashlib.sha256(b"a finished document").digest()
SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "4711"
CA_KEY = ec.generate_private_key(ec.SECP256R1())
CODE_KEY = ec.generate_private_key(ec.SECP256R1())
FACTS = CodeFacts("991015", Kind.RESIDENT_RECORD, "AAAA-BBBBB-CCCCC", dt.date(2026, 11, 21), 1, 1, (), bytes(32))

needs_softhsm = pytest.mark.skipif(
    not SOFTHSM.exists() or shutil.which("softhsm2-util") is None, reason="needs softhsm2 (make system)"
)

MAKE_KEY = """
import sys, pkcs11
from pkcs11.util.ec import encode_named_curve_parameters
module, token, pin, kind = sys.argv[1:]
with pkcs11.lib(module).get_token(token_label=token).open(rw=True, user_pin=pin) as session:
    if kind == "EC":
        parameters = session.create_domain_parameters(
            pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}, local=True
        )
        for label in ("documents", "codes"):
            parameters.generate_keypair(store=True, label=label)
    else:
        session.generate_keypair(pkcs11.KeyType.RSA, 3072, store=True, label="documents")
"""
PUBLIC_PART = """
import sys
from pathlib import Path
import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from itaku.issuance.municipality.signer.hsm import HsmKey
from itaku.issuance.municipality.signer.settings import HsmSettings
key = HsmKey(msgspec.json.decode(sys.argv[1], type=HsmSettings))
sys.stdout.buffer.write(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
"""


def certificate_for(public_key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "試験市長")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "試験 CA")]))
        .serial_number(1)
        .public_key(public_key)
        .not_valid_before(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2036, 1, 1, tzinfo=dt.UTC))
        .sign(CA_KEY, hashes.SHA256())
    )


class Running:
    """A signer's process and what it was given."""

    def __init__(self, folder, certificate, **key):
        self.folder = folder
        self.certificate = certificate
        self.socket = folder / "s"
        chain = folder / "chain.pem"
        chain.write_bytes(b"")
        own = folder / "own.pem"
        own.write_bytes(certificate.public_bytes(Encoding.PEM))
        chain.write_bytes(certificate_for(CA_KEY.public_key()).public_bytes(Encoding.PEM))
        self.settings = SignerSettings(
            name="signer",
            socket=str(self.socket),
            document_certificate=str(own),
            document_chain=str(chain),
            log_file=str(folder / "log"),
            **key,
        )
        self.process = None

    def start(self):
        """Starts it; what it says if it does not get ready."""
        file = write_settings(self.folder / "signer.toml", plain(self.settings))
        ready, theirs = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "itaku.issuance.municipality.signer", str(file)],
            env={**os.environ, READY_VARIABLE: str(theirs)},
            pass_fds=(theirs,),
            stderr=subprocess.PIPE,
        )
        os.close(theirs)
        with os.fdopen(ready, "rb") as pipe:
            said = pipe.read()
        if said == b"ready\n":
            return ""
        self.process.wait()
        with self.process.stderr as stderr:
            return stderr.read().decode()

    def stop(self, sign=signal.SIGTERM):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(sign)
            self.process.wait()
            self.process.stderr.close()

    def codes(self, public, key_id=b"991015-1"):
        return CodeLine(self.socket, public, key_id)

    def line(self):
        chain = x509.load_pem_x509_certificates(Path(self.settings.document_chain).read_bytes())
        return SignerLine(self.socket, self.certificate, tuple(chain))


@pytest.fixture
def folder():
    made = Path(tempfile.mkdtemp(prefix="signer-"))  # short: it holds a unix socket
    yield made
    shutil.rmtree(made)


@pytest.fixture
def with_file(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    file = folder / "key.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    code_file = folder / "code.pem"
    code_file.write_bytes(CODE_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    code = CodeKeySettings(municipality="991015", key_id="991015-1", key=str(code_file))
    running = Running(folder, certificate_for(key.public_key()), document_key=str(file), code=code)
    assert running.start() == ""
    yield running
    running.stop()


@pytest.fixture
def token(folder):
    """An initialised token of SoftHSM: makes a key pair in it and answers its settings."""
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    pin = folder / "pin"
    pin.write_text(PIN)
    pin.chmod(0o600)
    env = {**os.environ, "SOFTHSM2_CONF": str(conf)}

    def make(kind):
        words = ["softhsm2-util", "--init-token", "--free", "--label", "city", "--so-pin", "8888", "--pin", PIN]
        subprocess.run(words, env=env, check=True, capture_output=True)
        subprocess.run([sys.executable, "-c", MAKE_KEY, str(SOFTHSM), "city", PIN, kind], env=env, check=True)
        return HsmSettings(
            module=str(SOFTHSM), token="city", key="documents", pin_file=str(pin), softhsm2_conf=str(conf)
        )

    return make


def public_part(hsm):
    done = subprocess.run(
        [sys.executable, "-c", PUBLIC_PART, msgspec.json.encode(hsm)], check=True, capture_output=True
    )
    return load_pem_public_key(done.stdout)


def test_a_signature_from_the_key_file_holds_and_the_socket_is_for_its_owner_only(with_file):
    line = with_file.line()
    signer, others = verified(line.sign(DIGEST), DIGEST)
    assert signer == with_file.certificate
    assert len(others) == 1
    assert len(line.sign(DIGEST)) <= line.size_at_most
    assert with_file.socket.stat().st_mode & 0o777 == 0o600
    line.close()


def test_codes_of_fronts_and_backs_are_signed_each_in_its_context(with_file):
    line = with_file.codes(CODE_KEY.public_key())
    signer, keys = CodeSigner(line, b"991015-1"), {b"991015-1": CODE_KEY.public_key()}
    front = signer.sign(FACTS)
    assert verify_code(front, keys) == FACTS
    assert front == CodeSigner(CODE_KEY, b"991015-1").sign(FACTS), "the same bytes as where the key is held"
    back = signer.sign_payload(b"what stands on a front" * 400, BACK_CONTEXT)
    assert verified_payload(back, keys, BACK_CONTEXT) == b"what stands on a front" * 400
    with pytest.raises(BadCode):
        verify_code(back, keys)
    documents = with_file.line()
    verified(documents.sign(DIGEST), DIGEST)
    documents.close()
    line.close()


def test_the_signer_puts_its_name_to_no_front_but_its_own_citys(with_file):
    line = with_file.codes(CODE_KEY.public_key())
    signer = CodeSigner(line, b"991015-1")
    with pytest.raises(SignerAwayError):
        signer.sign(msgspec.structs.replace(FACTS, municipality="131016"))
    for payload in (b"no facts", b"", b"x" * (MAX_CODE_BYTES + 1)):
        with pytest.raises(SignerAwayError):
            line.sign_code(payload, FRONT_CONTEXT)
    verify_code(signer.sign(FACTS), {b"991015-1": CODE_KEY.public_key()})
    line.close()


def test_a_code_that_is_not_under_the_published_key_is_not_taken(with_file):
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    for line in (with_file.codes(other), with_file.codes(CODE_KEY.public_key(), b"991015-2")):
        with pytest.raises(SignerAwayError):
            line.sign_code(b"back", BACK_CONTEXT)
        line.close()


def test_a_signer_without_a_key_for_codes_signs_none_and_goes_on(with_file):
    with_file.stop()
    with_file.settings = msgspec.structs.replace(with_file.settings, code=None)
    assert with_file.start() == ""
    line = with_file.codes(CODE_KEY.public_key())
    with pytest.raises(SignerAwayError):
        line.sign_code(b"back", BACK_CONTEXT)
    documents = with_file.line()
    verified(documents.sign(DIGEST), DIGEST)
    documents.close()
    line.close()


@needs_softhsm
def test_both_keys_may_stay_in_one_token(folder, token):
    hsm = token("EC")
    public = public_part(msgspec.structs.replace(hsm, key="codes"))
    code = CodeKeySettings(municipality="991015", key_id="991015-1", hsm_key="codes")
    running = Running(folder, certificate_for(public_part(hsm)), hsm=hsm, code=code)
    assert running.start() == ""
    line, documents = running.codes(public), running.line()
    for _ in range(3):
        assert verify_code(CodeSigner(line, b"991015-1").sign(FACTS), {b"991015-1": public}) == FACTS
        verified(documents.sign(DIGEST), DIGEST)
    line.close()
    documents.close()
    running.stop()


@pytest.mark.parametrize("code", [{}, {"key": "k", "hsm_key": "h"}, {"hsm_key": "h"}], ids=str)
def test_settings_that_do_not_say_where_the_key_for_codes_is_are_refused(with_file, code):
    with_file.stop()
    settings = CodeKeySettings(municipality="991015", key_id="991015-1", **code)
    with_file.settings = msgspec.structs.replace(with_file.settings, code=settings)
    assert "code:" in with_file.start()


def test_a_signer_that_is_killed_and_started_anew_is_found_again(with_file):
    line = with_file.line()
    line.sign(DIGEST)
    with_file.stop(signal.SIGKILL)
    with pytest.raises(SignerAwayError) as caught:
        line.sign(DIGEST)
    assert caught.value.code == "municipality_unavailable"
    assert with_file.start() == ""
    verified(line.sign(DIGEST), DIGEST)
    line.close()


def test_many_lines_at_once_each_get_the_signature_of_their_own_digest(with_file):
    wrong = []

    def work(number):
        line = with_file.line()
        for turn in range(20):
            digest = hashlib.sha256(bytes([number, turn])).digest()
            try:
                verified(line.sign(digest), digest)
            except Exception as error:  # noqa: BLE001 whatever it is fails the test below
                wrong.append(error)
        line.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("asked", [b"", b"x" * 31, b"x" * 33, b"x" * 100_000])
def test_nothing_but_a_digest_can_be_asked(with_file, asked):
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(with_file.socket))
        try:
            raw.sendall(len(asked).to_bytes(4, "big") + asked)
            heard = raw.recv(1000)
        except (BrokenPipeError, ConnectionResetError):
            heard = b""
        assert heard == b""
    line = with_file.line()
    verified(line.sign(DIGEST), DIGEST)
    line.close()


def test_an_answer_that_is_no_signature_of_the_digest_never_passes(with_file, folder):
    class Liar(SignerLine):
        def _ask(self, digest):
            return super()._ask(hashlib.sha256(digest).digest())

    chain = tuple(x509.load_pem_x509_certificates((folder / "chain.pem").read_bytes()))
    lying = Liar(with_file.socket, with_file.certificate, chain)
    with pytest.raises(SignerAwayError, match="no signature of this digest"):
        lying.sign(DIGEST)
    lying.close()
    other = SignerLine(with_file.socket, certificate_for(with_file.certificate.public_key()), chain)
    with pytest.raises(SignerAwayError, match="another signer's certificate"):
        other.sign(DIGEST)
    other.close()


def test_a_key_of_another_certificate_or_two_keys_are_refused_at_the_start(with_file):
    with_file.stop()
    own = Path(with_file.settings.document_certificate)
    own.write_bytes(certificate_for(CA_KEY.public_key()).public_bytes(Encoding.PEM))
    assert "another key" in with_file.start()
    with_file.settings = msgspec.structs.replace(with_file.settings, document_key=None)
    assert "either document_key or hsm" in with_file.start()


@needs_softhsm
@pytest.mark.parametrize("kind", ["EC", "RSA"])
def test_a_key_that_never_left_its_token_signs(folder, token, kind):
    hsm = token(kind)
    certificate = certificate_for(public_part(hsm))
    running = Running(folder, certificate, hsm=hsm)
    assert running.start() == ""
    line = running.line()
    for turn in range(5):
        digest = hashlib.sha256(bytes([turn])).digest()
        assert verified(line.sign(digest), digest)[0] == certificate
    running.stop(signal.SIGKILL)
    with pytest.raises(SignerAwayError):
        line.sign(DIGEST)
    assert running.start() == ""
    verified(line.sign(DIGEST), DIGEST)
    line.close()
    running.stop()


@needs_softhsm
def test_a_wrong_pin_is_given_once_and_a_pin_open_to_others_not_at_all(folder, token):
    hsm = token("EC")
    running = Running(folder, certificate_for(public_part(hsm)), hsm=hsm)
    Path(hsm.pin_file).chmod(0o644)
    assert "open to others" in running.start()
    Path(hsm.pin_file).chmod(0o600)
    Path(hsm.pin_file).write_text("0000")
    said = running.start()
    assert "the PIN is not correct" in said
    assert "0000" not in said


@needs_softhsm
def test_the_public_part_of_a_token_is_all_that_is_seen(token):
    hsm = token("EC")
    pem = public_part(hsm).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert b"PUBLIC KEY" in pem
    tried = """
import sys, pkcs11
with pkcs11.lib(sys.argv[1]).get_token(token_label="city").open(user_pin=sys.argv[2]) as session:
    key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label="documents")
    try:
        key[pkcs11.Attribute.VALUE]
    except pkcs11.AttributeSensitive:
        print("sensitive")
"""
    env = {**os.environ, "SOFTHSM2_CONF": hsm.softhsm2_conf}
    done = subprocess.run(
        [sys.executable, "-c", tried, str(SOFTHSM), PIN], env=env, check=True, capture_output=True, text=True
    )
    assert done.stdout == "sensitive\n"
