"""A PC/SC service of our own with one virtual reader, in a network and a mount namespace: vpcd listens everywhere."""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
READER = "Practice"
PORT = 28963  # in the namespace of its own nobody else's; the driver's default lies among the ephemeral ones
OFF, ON, RESET, GET_ATR = 0, 1, 2, 4
ATR = bytes.fromhex("3b80800101")  # what a contactless reader makes of a card without historical bytes
CLONE_NEWNET = 0x40000000
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"

LOOPBACK_UP = """
import fcntl, socket, struct
with socket.socket() as line:
    fcntl.ioctl(line, 0x8914, struct.pack("16sH22x", b"lo", 1))  # SIOCSIFFLAGS
"""


def why_not(*programs):
    """Why no virtual reader can be had here; empty if it can."""
    missing = [name for name in ("pcscd", "unshare", *programs) if shutil.which(name, path=PATH) is None]
    if missing or not DRIVER.exists():
        return "needs pcscd, opensc and vsmartcard-vpcd (make system)"
    if subprocess.run(["unshare", "-m", "-n", "true"], capture_output=True, check=False).returncode != 0:
        return "needs root for a network namespace"
    return ""


class PcscBench:
    """The service and the card on its reader. What happens to them is done by methods of a person's or fate's name."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="pcsc-"))  # short: it holds a unix socket
        self.run = self.folder / "run"
        self.run.mkdir()
        rcdev = self.folder / "rcdev"
        rcdev.mkdir()
        (rcdev / "vpcd").write_text(
            f'FRIENDLYNAME "{READER}"\nDEVICENAME /dev/null:{PORT}\nLIBPATH {DRIVER}\nCHANNELID 0\n'
        )
        self.socket = self.run / "pcscd.comm"
        self.service = None
        self._line = None
        self._thread = None

    def start(self):
        """Starts the service; returns when it listens."""
        script = (
            f'mkdir -p /run/pcscd && mount --bind "{self.run}" /run/pcscd && "{sys.executable}" -c \'{LOOPBACK_UP}\''
            f' && exec pcscd --foreground -c "{self.folder}/rcdev"'
        )
        for left in self.run.iterdir():
            left.unlink()
        with (self.folder / "log").open("ab") as log:
            self.service = subprocess.Popen(
                ["unshare", "-m", "-n", "sh", "-c", script],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PATH": PATH},
            )
        wait_until(lambda: self.socket.exists() and self._listens())

    def kill(self):
        """The service dies, and with it its reader."""
        self.take_away()
        self.service.kill()
        self.service.wait()

    def freeze(self):
        self.service.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.service.send_signal(signal.SIGCONT)

    def stop(self):
        self.kill()
        shutil.rmtree(self.folder)

    def lay(self, card):
        """A person lays a card down; `None` is something that is no card."""
        self.take_away()
        self._line = self._connect()
        self._thread = threading.Thread(target=_serve, args=(self._line, card), daemon=True)
        self._thread.start()

    def take_away(self):
        """A person takes the card away, if there is one."""
        if self._line is not None:
            with contextlib.suppress(OSError):  # it may have left by itself
                self._line.shutdown(socket.SHUT_RDWR)
            self._thread.join()
            self._line.close()
            self._line = None
            # A hand is slower than this. The service looks every 0.4 s, and what comes back between two looks after a
            # failed command it does not see at all: the card has to be lifted once more.
            time.sleep(0.6)

    def is_empty(self):
        """Whether the service has noticed that no card is there: it looks a few times a second."""
        from smartcard import scard

        _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        try:
            _, names = scard.SCardListReaders(context, [])
            code, states = scard.SCardGetStatusChange(context, 0, [(name, 0) for name in names])
            return code == scard.SCARD_S_SUCCESS and bool(states[0][1] & scard.SCARD_STATE_EMPTY)
        finally:
            scard.SCardReleaseContext(context)

    def inside(self, *command, **options):
        """Runs a program in the service's namespaces."""
        return subprocess.run(
            ["nsenter", f"--net=/proc/{self.service.pid}/ns/net", f"--mount=/proc/{self.service.pid}/ns/mnt", *command],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PATH": PATH, "PCSCLITE_CSOCK_NAME": str(self.socket)},
            **options,
        )

    def _listens(self):
        try:
            self._connect().close()
        except OSError:
            return False
        return True

    def _connect(self):
        """A line to the driver, made by a thread that visits the service's network namespace."""
        made = []

        def visit():
            with Path(f"/proc/{self.service.pid}/ns/net").open() as namespace:
                if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    made.append(OSError(ctypes.get_errno(), "setns"))
                    return
            try:
                made.append(socket.create_connection(("127.0.0.1", PORT), 5))
            except OSError as error:
                made.append(error)

        visitor = threading.Thread(target=visit)
        visitor.start()
        visitor.join()
        if isinstance(made[0], OSError):
            raise made[0]
        made[0].settimeout(None)
        return made[0]


def wait_until(holds, seconds=90):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come to be"
        time.sleep(0.02)


def _serve(line, card):
    """The card's side of vpcd's protocol, until the line ends."""
    from itaku.issuance.devices.errors import CardRemovedError

    try:
        while True:
            command = _receive(line, int.from_bytes(_receive(line, 2), "big"))
            if card is None:
                if command[0] == GET_ATR:
                    _send(line, bytes(2))  # no ATR begins so
            elif len(command) == 1:
                if command[0] in {OFF, ON, RESET}:
                    card.reset()
                elif command[0] == GET_ATR:
                    _send(line, ATR)
            else:
                _send(line, card.transmit(command))
    except (OSError, EOFError, CardRemovedError):
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


def _send(line, data):
    line.sendall(len(data).to_bytes(2, "big") + data)


def _receive(line, size):
    data = b""
    while len(data) < size:
        # Without this before each receive our delayed acknowledgement costs 40 ms a command.
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        piece = line.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data
