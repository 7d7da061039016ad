"""FTP sessions as `portcullis explain` imagines them, held for real.

A JSON list of sessions on standard input; a JSON list of what became of them on standard output.
TLS runs over memory, so that CCC can end it: Python's own FTP library cannot.
"""

import base64
import errno
import hashlib
import json
import re
import select
import socket
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor

TIMEOUT_S = 20
AT_A_TIME = 12
PORT_STEP = 101


class Refused(Exception):
    """Something other than what the next step needs."""


class Control:
    """A control connection: clear, under TLS, or with lines in MIC."""

    def __init__(self, plan):
        source = (plan["source"], 0)
        self.sock = socket.create_connection((plan["address"], plan["port"]), TIMEOUT_S, source)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client = "%s:%d" % self.sock.getsockname()[:2]
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.tls = None
        self.is_gssapi = False
        self.buffered = b""
        self.story = []

    def secure(self, context):
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        self.drive(self.tls.do_handshake)

    def drive(self, operation):
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

    def become_clear(self):
        tls, self.tls = self.tls, None
        self.drive(tls.unwrap)
        self.buffered = self.incoming.read()

    def send(self, line):
        self.story.append("> " + line)
        data = line.encode("latin-1") + b"\r\n"
        if self.is_gssapi:
            data = b"MIC " + base64.b64encode(data) + b"\r\n"
        if self.tls is None:
            self.sock.sendall(data)
        else:
            self.tls.write(data)
            self.flush()

    def line(self):
        while b"\n" not in self.buffered:
            read = self.sock.recv if self.tls is None else self.read_tls
            chunk = read(65536)
            if not chunk:
                raise Refused("the control connection was closed")
            self.buffered += chunk
        line, self.buffered = self.buffered.split(b"\n", 1)
        text = line.rstrip(b"\r").decode("latin-1")
        if self.is_gssapi and text.startswith("631 "):
            text = base64.b64decode(text[4:]).decode("latin-1").rstrip("\r\n")
        self.story.append("< " + text)
        return text

    def read_tls(self, size):
        return self.drive(lambda: self.tls.read(size))

    def expect(self, *codes):
        first = line = self.line()
        while line[3:4] == "-" or not (line[:3] == first[:3] and line[3:4] == " "):
            line = self.line()
        if not line.startswith(codes):
            raise Refused(line)
        return line

    def ask(self, line, *codes):
        self.send(line)
        return self.expect(*codes)


class Session:
    def __init__(self, plan):
        self.plan = plan
        self.context = None
        if plan["authority"]:
            self.context = ssl.create_default_context(cafile=plan["authority"])
            self.context.check_hostname = False
            self.context.verify_mode = ssl.CERT_NONE
        self.is_data_private = False
        self.control = None

    def run(self):
        self.control = control = Control(self.plan)
        try:
            self.protect(control)
            if control.ask("USER " + self.plan["user"], "2", "3")[0] == "3":
                control.ask("PASS " + self.plan["password"], "2")
            if self.is_tls:
                control.ask("PBSZ 0", "2")
                control.ask("PROT P", "2")
                self.is_data_private = True
            if self.plan["protection"] == "tls-ccc":
                control.ask("CCC", "2")
                control.become_clear()
            control.ask("TYPE I", "2")
            content = self.transfer("RETR " + self.plan["remote"])
            control.expect("2")
            if hashlib.sha256(content).hexdigest() != self.plan["digest"]:
                raise Refused("the file that arrived differs")
        finally:
            control.sock.close()

    @property
    def is_tls(self):
        return self.plan["protection"] in ("explicit-tls", "tls-ccc", "implicit-tls")

    def protect(self, control):
        protection = self.plan["protection"]
        is_implicit = protection == "implicit-tls" or (
            protection == "tls-ccc" and self.plan["listener"] == "implicit"
        )
        if is_implicit:
            control.secure(self.context)
        control.expect("220")
        if protection in ("explicit-tls", "tls-ccc") and not is_implicit:
            control.ask("AUTH TLS", "234")
            control.secure(self.context)
        elif protection == "gssapi":
            control.ask("AUTH GSSAPI", "334")
            control.ask("ADAT " + base64.b64encode(b"token").decode(), "235")
            control.is_gssapi = True

    def transfer(self, command):
        if self.plan["command"] in ("PASV", "EPSV"):
            data = self.dial(self.plan["command"])
            self.control.ask(command, "1")
        else:
            with self.listen() as listener:
                self.control.ask(command, "1")
                # A server that gives up says so, and nobody will come.
                ready, _, _ = select.select([listener, self.control.sock], [], [], self.plan["patience"])
                if listener not in ready:
                    raise Refused(self.control.line() if ready else "nobody connected")
                data, _ = listener.accept()
        data.settimeout(TIMEOUT_S)
        if self.is_data_private:
            data = self.context.wrap_socket(data, server_hostname="localhost")
        with data:
            content = b""
            while chunk := data.recv(65536):
                content += chunk
        return content

    def dial(self, command):
        plan = self.plan
        reply = self.control.ask(command, "2")
        host = plan["address"]
        if command == "EPSV":
            port = int(re.search(r"\|\|\|(\d+)\|", reply)[1])
        else:
            numbers = re.search(r"(\d+,\d+,\d+,\d+),(\d+),(\d+)", reply)
            port = int(numbers[2]) * 256 + int(numbers[3])
            if plan["heedsAddress"]:
                host = numbers[1].replace(",", ".")
        # The files put the server where only the proxy can reach it; here everybody could.
        if host != plan["address"] and not plan["isRouted"]:
            raise Refused("no route to " + host)
        return socket.create_connection((host, port), plan["patience"], (plan["source"], 0))

    def listen(self):
        host = self.plan["source"]
        listener = listen_near(host, self.plan["dataPort"])
        port = listener.getsockname()[1]
        listener.settimeout(TIMEOUT_S)
        if self.plan["command"] == "EPRT":
            protocol = 2 if ":" in host else 1
            self.control.ask("EPRT |%d|%s|%d|" % (protocol, host, port), "2")
        else:
            numbers = host.split(".") + [str(port // 256), str(port % 256)]
            self.control.ask("PORT " + ",".join(numbers), "2")
        return listener


def listen_near(host, first):
    """The ports are ephemeral ones, and a connection of anybody's may have one of them now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(first, first + 8 * PORT_STEP, PORT_STEP):
        try:
            return socket.create_server((host, port), family=family, backlog=1)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, "no port from %d on" % first)


def hold(plan):
    session = Session(plan)
    try:
        session.run()
        works, why = True, ""
    except (OSError, Refused) as error:
        works, why = False, repr(error)
    if session.control is None:
        return {"works": works, "story": why, "client": ""}
    control = session.control
    return {"works": works, "story": "\n".join([*control.story, why]), "client": control.client}


with ThreadPoolExecutor(AT_A_TIME) as pool:
    json.dump(list(pool.map(hold, json.load(sys.stdin))), sys.stdout)
