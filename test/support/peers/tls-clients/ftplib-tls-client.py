"""Runs one FTP session with ftplib.FTP_TLS: a JSON object on standard input says which."""

import ftplib
import json
import socket
import ssl
import sys

plan = json.load(sys.stdin)
announcement = plan["announcement"]


class Client(ftplib.FTP_TLS):
    """Announces data connections the way the plan wants, and resumes TLS sessions on them."""

    # Only after CCC can a proxy have set the address right.
    trust_server_pasv_ipv4_address = plan["security"] == "ccc"

    def makepasv(self):
        if announcement == "EPSV":
            reply = self.sendcmd("EPSV")
            return ftplib.parse229(reply, self.sock.getpeername())
        host, port = ftplib.parse227(self.sendcmd("PASV"))
        return (host if self.trust_server_pasv_ipv4_address else self.host), port

    def makeport(self):
        host = self.sock.getsockname()[0]
        listener = socket.create_server((host, 0), family=self.sock.family, backlog=1)
        port = listener.getsockname()[1]
        if announcement == "EPRT":
            family = 2 if self.sock.family == socket.AF_INET6 else 1
            self.voidcmd("EPRT |%d|%s|%d|" % (family, host, port))
        else:
            self.sendport(host, port)
        listener.settimeout(self.timeout)
        return listener

    def ntransfercmd(self, cmd, rest=None):
        """ftplib itself resumes nothing, as servers that require it are known to refuse."""
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:
            conn = self.context.wrap_socket(
                conn, server_hostname=self.host, session=self.tls_session
            )
        return conn, size


def perform(ftp, step):
    path = plan["folder"] + "/" + step["remote"]
    if step["type"] == "upload":
        with open(step["local"], "rb") as file:
            ftp.storbinary("STOR " + path, file)
    else:
        with open(step["local"], "wb") as file:
            ftp.retrbinary("RETR " + path, file.write)


context = ssl.create_default_context(cafile=plan["authority"])
version = getattr(ssl.TLSVersion, "TLSv1_" + plan["version"][2])
context.minimum_version = context.maximum_version = version
ftp = Client(context=context)
ftp.set_debuglevel(1)
source = (plan["source"], 0) if plan["source"] else None
ftp.connect(plan["endpoint"]["address"], plan["endpoint"]["port"], 15, source)
ftp.login(plan["user"], plan["password"])
if plan["protection"] == "P":
    ftp.prot_p()
else:
    # ftplib leaves it out before PROT C, and pyftpdlib insists on it.
    ftp.voidcmd("PBSZ 0")
    ftp.prot_c()
# After CCC there is no asking for it.
ftp.tls_session = ftp.sock.session
if plan["security"] == "ccc":
    ftp.ccc()
ftp.set_pasv(announcement in ("PASV", "EPSV"))
failed = False
for step in plan["steps"]:
    try:
        perform(ftp, step)
    except ftplib.all_errors as error:
        print("failed:", step["type"], repr(error))
        failed = True
ftp.quit()
sys.exit(1 if failed else 0)
