"""Runs pyftpdlib's own functional tests, directly or through a proxy, and prints what came of each.

A JSON object, the only argument, says where: servers that the tests start listen on `server` and
`port`, and clients that would connect there connect to `proxy` instead, where there is one. Clients
come from an address of their own, so that a PORT that nobody rewrote would be refused. `only` names
the tests to run; empty means all.
"""

import faulthandler
import ftplib
import json
import multiprocessing
import socket
import sys
import unittest
import warnings

warnings.simplefilter("ignore")
setting = json.loads(sys.argv[1])
sys.path.insert(0, setting["tests"])
faulthandler.dump_traceback_later(setting["seconds"], exit=True)

import pyftpdlib

# The tests are not in Debian's binary package: the rest of it is.
pyftpdlib.__path__.append(setting["tests"] + "/pyftpdlib")
import pyftpdlib.test

# Where the tests say 127.0.0.1 they mean themselves, but for the server.
pyftpdlib.test.HOST = setting["client"]
LOCAL = ("127.0.0.1", "localhost", setting["client"])
set_up_server = pyftpdlib.test.setup_server
ftp_connect = ftplib.FTP.connect
socket_connect = socket.socket.connect
servers = []


def set_up_server_there(handler, server_class, addr=None):
    """Every test's server is the one behind the proxy."""
    # A test that failed may have left its own.
    for child in multiprocessing.active_children():
        child.terminate()
        child.join()
    while servers:
        servers.pop().close()
    host, port = addr or (setting["server"], 0)
    if host in LOCAL:
        host = setting["server"]
    servers.append(set_up_server(handler, server_class, addr=(host, port or setting["port"])))
    return servers[-1]


def ftp_connect_there(self, host="", port=0, timeout=-999, source_address=None):
    if host in LOCAL:
        host = setting["server"]
    if port == setting["port"] and setting["proxy"] is not None:
        host, port = setting["proxy6" if ":" in host else "proxy"]
    return ftp_connect(self, host, port, timeout, source_address)


def socket_connect_there(self, address):
    """Clients come from their own address, whatever socket they use."""
    is_ours = self.family == socket.AF_INET and address[0] in (
        setting["server"],
        (setting["proxy"] or [None])[0],
    )
    if is_ours and self.getsockname()[1] == 0:
        self.bind((setting["client"], 0))
    return socket_connect(self, address)


pyftpdlib.test.setup_server = set_up_server_there
ftplib.FTP.connect = ftp_connect_there
socket.socket.connect = socket_connect_there
# The tests connect where they are told to; so do clients that trust a 227.
ftplib.FTP.trust_server_pasv_ipv4_address = True

from pyftpdlib.test import test_functional

test_functional.TestIPv4Environment.HOST = setting["client"]


def name_of(test):
    return ".".join(test.id().rsplit(".", 2)[1:])


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


class Report(unittest.TestResult):
    """One line of JSON for each test."""

    def say(self, test, outcome, detail=""):
        line = {"test": name_of(test), "outcome": outcome, "detail": detail[-600:]}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    def addSuccess(self, test):
        self.say(test, "passed")

    def addSkip(self, test, reason):
        self.say(test, "skipped", reason)

    def addFailure(self, test, err):
        self.say(test, "failed", self._exc_info_to_string(err, test))

    def addError(self, test, err):
        if hasattr(test, "_testMethodName"):
            self.say(test, "failed", self._exc_info_to_string(err, test))
        else:
            sys.stdout.write(self._exc_info_to_string(err, test))


tests = flat(unittest.defaultTestLoader.loadTestsFromModule(test_functional))
only = setting["only"]
unittest.TestSuite(test for test in tests if not only or name_of(test) in only).run(Report())
