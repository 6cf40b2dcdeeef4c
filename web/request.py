"""Reads the body of the request in progress. Knows no route."""

from flask import request

from web.errors import RequestError
from web.json import loads


def client() -> str:
    """The network address that the request came from; behind a proxy, the proxy's."""
    return request.remote_addr or "unknown"


def json_body() -> object:
    """The parsed body, or None where there is none.

    Raises:
        RequestError: it is not JSON.
    """
    text = request.get_data()
    try:
        return loads(text) if text else None
    except ValueError as error:
        raise RequestError(f"the body is not JSON: {error}") from error
