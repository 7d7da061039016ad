"""An FTP server with one user and TLS, set up by a JSON object given as the only argument."""

import json
import sys
import warnings

# pyftpdlib 1.5 imports asyncore, which Python 3.11 announces the end of.
warnings.simplefilter("ignore", DeprecationWarning)

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.servers import MultiprocessFTPServer

setting = json.loads(sys.argv[1])

authorizer = DummyAuthorizer()
authorizer.add_user(
    setting["user"], setting["password"], setting["directory"], perm="elradfmwMT"
)


class DataHandler(TLS_DTPHandler):
    """Version 1.5.7 resets a data connection whose TLS begins before the transfer command.

    curl and basic-ftp begin so. The fix of later versions (giampaolo/pyftpdlib#612) in one line.
    """

    def readable(self):
        return self._ssl_accepting or super().readable()


class Handler(TLS_FTPHandler):
    """TLS_FTPHandler keeps its settings in class attributes."""

    dtp_handler = DataHandler


Handler.authorizer = authorizer
Handler.passive_ports = range(setting["first"], setting["last"] + 1)
Handler.masquerade_address = setting["announced"]
Handler.certfile = setting["identity"]
Handler.banner = "pyftpdlib"

# A process for each client, as without TLS.
MultiprocessFTPServer((setting["address"], setting["port"]), Handler).serve_forever()
