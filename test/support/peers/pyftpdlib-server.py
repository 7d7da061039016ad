"""An FTP server with one user, set up by a JSON object given as the only argument."""

import json
import sys
import warnings

# pyftpdlib 1.5 imports asyncore, which Python 3.11 announces the end of.
warnings.simplefilter("ignore", DeprecationWarning)

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import MultiprocessFTPServer

setting = json.loads(sys.argv[1])

authorizer = DummyAuthorizer()
authorizer.add_user(
    setting["user"], setting["password"], setting["directory"], perm="elradfmwMT"
)


class Handler(FTPHandler):
    """FTPHandler keeps its settings in class attributes."""


Handler.authorizer = authorizer
Handler.passive_ports = range(setting["first"], setting["last"] + 1)
Handler.banner = "pyftpdlib"

# With all sessions in one event loop, version 1.5.7 now and then loses the end of an upload when
# several clients are busy: each gets a process of its own instead.
MultiprocessFTPServer((setting["address"], setting["port"]), Handler).serve_forever()
