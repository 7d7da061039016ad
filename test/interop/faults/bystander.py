"""A server that counts commands, and a client that says NOOP and writes down how long each took.

Each is a process of its own, so that nothing that a test does adds to the times:

    bystander.py serve ADDRESS PORT
    bystander.py ask ADDRESS PORT SOURCE

The client prints a line for each reply, milliseconds and text, and ends when its standard input does.
"""

import select
import socket
import sys
import threading
import time

PAUSE_S = 0.005
TIMEOUT_S = 60


def serve(address, port):
    listener = socket.create_server((address, port))
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=count, args=(connection,), daemon=True).start()


def count(connection):
    """Each reply has a number, so that one that is lost, doubled or late shows."""
    with connection, connection.makefile("rb") as lines:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(b"220 ready\r\n")
        number = 0
        for line in lines:
            if line.startswith(b"USER"):
                reply = "331 password"
            elif line.startswith(b"PASS"):
                reply = "230 in"
            else:
                number += 1
                reply = "200 %d" % number
            connection.sendall(reply.encode() + b"\r\n")


def ask(address, port, source):
    control = socket.create_connection((address, port), TIMEOUT_S, (source, 0))
    control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    replies = control.makefile("rb")
    replies.readline()
    for line in (b"USER x\r\n", b"PASS x\r\n"):
        control.sendall(line)
        replies.readline()
    while not select.select([sys.stdin], [], [], PAUSE_S)[0]:
        before = time.monotonic()
        control.sendall(b"NOOP\r\n")
        reply = replies.readline().decode("latin1").rstrip()
        print("%.3f %s" % ((time.monotonic() - before) * 1000, reply), flush=True)


role, address, port = sys.argv[1:4]
if role == "serve":
    serve(address, int(port))
else:
    ask(address, int(port), sys.argv[4])
