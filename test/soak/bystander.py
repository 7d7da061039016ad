"""Somebody who only says NOOP, ten times a second, and writes down how long each answer took.

A process of its own, so that nothing else that runs in it adds to the times. A JSON object as the only
argument says where to log in. It ends when standard input does.
"""

import json
import select
import socket
import sys
import time

PAUSE_S = 0.1
TIMEOUT_S = 60

plan = json.loads(sys.argv[1])
control = socket.create_connection(
    (plan["address"], plan["port"]), TIMEOUT_S, (plan["source"], 0)
)
control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
replies = control.makefile("rb")


def ask(line):
    """The last line of the reply."""
    if line:
        control.sendall(line.encode() + b"\r\n")
    reply = replies.readline()
    while reply and reply[3:4] == b"-":
        reply = replies.readline()
    if reply[:1] not in (b"2", b"3"):
        sys.exit("%s: %r" % (line, reply))
    return reply


ask(None)
ask("USER " + plan["user"])
ask("PASS " + plan["password"])
while not select.select([sys.stdin], [], [], PAUSE_S)[0]:
    before = time.monotonic()
    ask("NOOP")
    print("%.3f" % ((time.monotonic() - before) * 1000), flush=True)
ask("QUIT")
