"""Puts a virtual card into vpcd's reader: `python vpcd_card.py OFFICE SERIAL PORT`. A tool of the conformance test."""

import socket
import sys
import time
from pathlib import Path

from itaku.basis.clock import InstantMs
from itaku.issuance.devices.card_office import CardOffice

DAY_MS = 86_400_000
OFF, ON, RESET, GET_ATR = 0, 1, 2, 4
ATR = bytes.fromhex("3b80800101")  # what a contactless reader makes of a card without historical bytes


def main():
    office, serial, port = Path(sys.argv[1]), int(sys.argv[2], 16), int(sys.argv[3])
    now = time.time_ns() // 1_000_000
    card = CardOffice(office).issue(serial, InstantMs(now - DAY_MS), InstantMs(now + DAY_MS), password="ABC123")
    with socket.create_connection(("127.0.0.1", port)) as line:
        while True:
            head = receive(line, 2)
            command = receive(line, int.from_bytes(head, "big"))
            if len(command) == 1:
                if command[0] in {OFF, ON, RESET}:
                    card.reset()
                elif command[0] == GET_ATR:
                    send(line, ATR)
            else:
                send(line, card.transmit(command))


def send(line, data):
    line.sendall(len(data).to_bytes(2, "big") + data)


def receive(line, size):
    data = b""
    while len(data) < size:
        # Without this before each receive our delayed acknowledgement costs 40 ms a command.
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        piece = line.recv(size - len(data))
        if not piece:
            raise SystemExit(0)
        data += piece
    return data


if __name__ == "__main__":
    main()
