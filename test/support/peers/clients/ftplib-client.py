"""Runs one FTP session with ftplib: a JSON object on standard input says which."""

import ftplib
import json
import os
import socket
import sys

plan = json.load(sys.stdin)
announcement = plan["announcement"]


class Client(ftplib.FTP):
    """Announces data connections the way the plan wants; ftplib goes by the family alone."""

    # Connect where a 227 says, as clients did before Python 3.9.
    trust_server_pasv_ipv4_address = True

    def makepasv(self):
        if announcement == "EPSV":
            reply = self.sendcmd("EPSV")
            return ftplib.parse229(reply, self.sock.getpeername())
        return ftplib.parse227(self.sendcmd("PASV"))

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


def abort(ftp, path):
    """ABOR as urgent data, which is how ftplib sends it, in the middle of a transfer."""
    data = ftp.transfercmd("RETR " + path)
    data.recv(65536)
    # ftplib logs neither the command nor its reply.
    print("*cmd* 'ABOR'")
    print("*resp*", repr(ftp.abort()))
    data.close()
    # 426 for the transfer has been read as the answer; 226 for ABOR itself may follow, or not
    # when the server sent both in one. NOOP tells which.
    reply = ftp.sendcmd("NOOP")
    if reply.startswith(("225", "226")):
        ftp.getresp()


def perform(ftp, step):
    if step["type"] == "list":
        with open(step["local"], "w") as file:
            ftp.retrlines("LIST " + plan["folder"], lambda line: file.write(line + "\n"))
        return
    path = plan["folder"] + "/" + step["remote"]
    if step["type"] == "abort":
        abort(ftp, path)
    elif step["type"] == "upload":
        with open(step["local"], "rb") as file:
            ftp.storbinary("STOR " + path, file)
    elif step["type"] == "download":
        with open(step["local"], "wb") as file:
            ftp.retrbinary("RETR " + path, file.write)
    else:
        offset = os.path.getsize(step["local"])
        with open(step["local"], "ab") as file:
            ftp.retrbinary("RETR " + path, file.write, rest=offset)


ftp = Client()
ftp.set_debuglevel(1)
source = (plan["source"], 0) if plan["source"] else None
ftp.connect(plan["endpoint"]["address"], plan["endpoint"]["port"], 20, source)
ftp.login(plan["user"], plan["password"])
ftp.voidcmd("TYPE I")
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
