"""One examination in a process of its own, with little memory and time and without a single file to write.

What is handed in comes from anybody. A picture or PDF made to break its reader breaks this process, and the person is
told kindly; nothing of it is kept, neither here nor in the page's process.
"""

from __future__ import annotations

import asyncio
import resource
import sys

import msgspec

from itaku.verification.examination import examine
from itaku.verification.findings import Examination
from itaku.verification.keys import keys_from
from itaku.verification.uploads import TooLargeError, UnreadableError, UploadRefusedError

MEMORY_BYTES = 3 << 30
"""Address space, most of it never touched: fonts are mapped, and the typesetter's threads reserve stacks."""
CPU_S = 40
_PATIENCE_S = 90.0


class _Order(msgspec.Struct, frozen=True):
    files: tuple[bytes, ...]
    keys: bytes


class _Refusal(msgspec.Struct, frozen=True, tag="refusal"):
    code: str


class _Result(msgspec.Struct, frozen=True, tag="result"):
    examination: Examination


_Answer = _Refusal | _Result


def main() -> int:
    """Reads an order from standard input, and writes the answer to standard output."""
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    order = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=_Order)
    answer: _Answer
    try:
        answer = _Result(examine(order.files, keys_from(order.keys)))
    except UploadRefusedError as refused:
        answer = _Refusal(refused.code)
    except MemoryError:
        answer = _Refusal(TooLargeError.code)
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))
    return 0


async def examined_apart(files: tuple[bytes, ...], keys: bytes) -> Examination:
    """`examine` in a process of its own; raises a subclass of `UploadRefusedError`, also if that process breaks."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "itaku.verification.worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd="/",
    )
    try:
        order = msgspec.msgpack.encode(_Order(files, keys))
        out, _ = await asyncio.wait_for(process.communicate(order), _PATIENCE_S)
    except TimeoutError as error:
        raise TooLargeError from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise UnreadableError
    answer = msgspec.msgpack.decode(out, type=_Answer)
    if isinstance(answer, _Refusal):
        raise next((one for one in UploadRefusedError.__subclasses__() if one.code == answer.code), UnreadableError)
    examination: Examination = answer.examination
    return examination


if __name__ == "__main__":
    sys.exit(main())
