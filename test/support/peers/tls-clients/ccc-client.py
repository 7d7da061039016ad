"""FTP sessions whose control connection becomes clear again, byte by byte under control.

Libraries send commands of their own after CCC (PWD, TYPE), and none lets one choose how TLS ends.
Here the first clear command is the one wanted. A JSON object on standard input lists the sessions;
all run in this one process. Output is in the format of ftplib's debug log.
"""

import json
import os
import re
import socket
import ssl
import sys
import time

TIMEOUT_S = 15


class Refused(Exception):
    """A reply other than the one needed."""


class Control:
    """A control connection. TLS runs over memory, so that its first and last byte are known."""

    def __init__(self, address, source):
        self.sock = socket.create_connection(address, TIMEOUT_S, source)
        # A lone close_notify would hold back the command after it for a delayed acknowledgement.
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.tls = None
        # Sent in front of the next command, in the same segment.
        self.farewell = b""
        self.buffered = b""

    def secure(self, context, host):
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=host)
        self.drive(self.tls.do_handshake)

    def drive(self, operation):
        """Repeats a TLS operation until it has all the bytes it needs."""
        while True:
            try:
                return operation()
            except ssl.SSLWantReadError:
                self.flush()
                chunk = self.sock.recv(65536)
                if chunk:
                    self.incoming.write(chunk)
                else:
                    self.incoming.write_eof()
            finally:
                self.flush()

    def flush(self):
        if self.outgoing.pending:
            self.sock.sendall(self.outgoing.read())

    def clear(self, ending):
        """Ends TLS after the 200 to CCC, in one of three ways seen in the world."""
        tls, self.tls = self.tls, None
        if ending == "answered":
            self.drive(tls.unwrap)
        else:
            try:
                while self.drive(lambda: tls.read(1)):
                    pass
            except ssl.SSLZeroReturnError:
                pass
            if ending == "joined":
                try:
                    tls.unwrap()
                except ssl.SSLError:
                    pass
                self.farewell = self.outgoing.read()
        self.buffered = self.incoming.read()

    def send(self, line):
        print("*cmd*", repr(line))
        data = line.encode() + b"\r\n"
        if self.tls is None:
            self.sock.sendall(self.farewell + data)
            self.farewell = b""
        else:
            self.tls.write(data)
            self.flush()

    def receive(self):
        """One reply, with all its lines."""
        first = line = self.line()
        while line[3:4] == "-" or not (line[:3] == first[:3] and line[3:4] == " "):
            line = self.line()
        print("*resp*", repr(line))
        return line

    def line(self):
        while b"\n" not in self.buffered:
            if self.tls is None:
                chunk = self.sock.recv(65536)
            else:
                chunk = self.drive(lambda: self.tls.read(65536))
            if not chunk:
                raise Refused("the control connection was closed")
            self.buffered += chunk
        line, self.buffered = self.buffered.split(b"\n", 1)
        return line.rstrip(b"\r").decode("latin-1")

    def ask(self, line, *codes):
        self.send(line)
        return self.expect(*codes)

    def expect(self, *codes):
        reply = self.receive()
        if reply[0] not in codes:
            raise Refused(reply)
        return reply


class Session:
    """One session of the plan: log in over TLS, CCC, then the steps."""

    def __init__(self, plan, context):
        self.plan = plan
        self.context = context
        endpoint = plan["endpoint"]
        self.address = (endpoint["address"], endpoint["port"])
        self.source = (plan["source"], 0) if plan["source"] else None
        self.tls_session = None
        self.transfers = 0

    def run(self):
        plan = self.plan
        self.control = control = Control(self.address, self.source)
        try:
            control.expect("2")
            if self.context:
                control.ask("AUTH TLS", "2")
                control.secure(self.context, self.address[0])
            if control.ask("USER " + plan["user"], "2", "3")[0] == "3":
                control.ask("PASS " + plan["password"], "2")
            control.ask("TYPE I", "2")
            if self.context:
                self.become_clear()
            for step in plan["steps"]:
                self.perform(step)
            control.ask("QUIT", "2")
        finally:
            control.sock.close()

    def become_clear(self):
        control = self.control
        control.ask("PBSZ 0", "2")
        control.ask("PROT " + self.plan["protection"], "2")
        # Data connections resume it; there is no asking for it once TLS has ended.
        self.tls_session = control.tls.session
        print("*tls*", control.tls.version(), control.tls.cipher()[0])
        control.ask("CCC", "2")
        control.clear(self.plan["ending"])

    def perform(self, step):
        if step["type"] == "noop":
            self.control.ask("NOOP", "2")
            return
        path = self.plan["folder"] + "/" + step["remote"]
        if step["type"] == "upload":
            with open(step["local"], "rb") as file:
                with self.transfer("STOR " + path, step["announcement"]) as data:
                    while chunk := file.read(65536):
                        data.sendall(chunk)
                    finish(data)
        else:
            with open(step["local"], "wb") as file:
                with self.transfer("RETR " + path, step["announcement"]) as data:
                    while chunk := data.recv(65536):
                        file.write(chunk)
        self.control.expect("2")
        self.settle("data.close")

    def settle(self, record):
        """Waits until the packet log has such a record of every transfer so far."""
        if "log" not in self.plan:
            return
        wanted = '"type":"%s"' % record
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            with open(self.plan["log"]) as log:
                if log.read().count(wanted) >= self.transfers:
                    return
            if time.monotonic() > deadline:
                raise Refused("the packet log lacks " + record)
            time.sleep(0.01)

    def transfer(self, command, announcement):
        self.transfers += 1
        if announcement in ("PASV", "EPSV"):
            data = socket.create_connection(self.passive(announcement), TIMEOUT_S, self.source)
            self.settle("pinhole.use")
            self.control.ask(command, "1")
        else:
            with self.listen(announcement) as listener:
                self.control.ask(command, "1")
                data, _ = listener.accept()
        data.settimeout(TIMEOUT_S)
        if self.plan["protection"] == "C":
            return data
        secured = self.context.wrap_socket(
            data, server_hostname=self.address[0], session=self.tls_session
        )
        print("*tls* data", secured.version(), "reused" if secured.session_reused else "new")
        return secured

    def passive(self, announcement):
        reply = self.control.ask(announcement, "2")
        if announcement == "EPSV":
            return (self.address[0], int(re.search(r"\|\|\|(\d+)\|", reply)[1]))
        numbers = re.search(r"(\d+,\d+,\d+,\d+),(\d+),(\d+)", reply)
        # The address is believed: a firewall that let a wrong one through must not be helped.
        return (numbers[1].replace(",", "."), int(numbers[2]) * 256 + int(numbers[3]))

    def listen(self, announcement):
        host = self.control.sock.getsockname()[0]
        listener = socket.create_server((host, 0), family=self.control.sock.family, backlog=1)
        listener.settimeout(TIMEOUT_S)
        port = listener.getsockname()[1]
        if announcement == "EPRT":
            family = 2 if self.control.sock.family == socket.AF_INET6 else 1
            self.control.ask("EPRT |%d|%s|%d|" % (family, host, port), "2")
        else:
            numbers = host.split(".") + [str(port // 256), str(port % 256)]
            self.control.ask("PORT " + ",".join(numbers), "2")
        return listener


def finish(data):
    """Ends an upload: with close_notify where there is TLS, so that the server misses nothing."""
    if isinstance(data, ssl.SSLSocket):
        try:
            data.unwrap()
        except OSError:
            # Servers may close without answering.
            pass


def context_of(plan):
    if plan["security"] == "clear":
        return None
    context = ssl.create_default_context(cafile=plan["authority"])
    version = getattr(ssl.TLSVersion, "TLSv1_" + plan["version"][2])
    context.minimum_version = context.maximum_version = version
    return context


sessions = json.load(sys.stdin)["sessions"]
contexts = {}
failed = 0
for number, plan in enumerate(sessions, 1):
    os.chdir(plan["directory"])
    key = (plan["security"], plan["version"])
    context = contexts[key] if key in contexts else contexts.setdefault(key, context_of(plan))
    try:
        Session(plan, context).run()
    except (OSError, Refused) as error:
        print("failed: session", number, repr(error))
        failed += 1
print("%d of %d sessions failed" % (failed, len(sessions)))
sys.exit(1 if failed else 0)
