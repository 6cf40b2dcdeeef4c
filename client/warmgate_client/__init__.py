"""A Warmgate server from Python: `Client("http://127.0.0.1:8000").runs()` is a DataFrame.

Needs pandas and nothing else; knows Warmgate's REST interface, not its code.
"""

from warmgate_client.client import Client
from warmgate_client.connection import ServerUnreachableError, WarmgateError

__all__ = ["Client", "ServerUnreachableError", "WarmgateError"]
