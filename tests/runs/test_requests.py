"""What is asked of the training thread is answered, or refused once it answers no more."""

import pytest

from runs.errors import RunNotActiveError
from runs.requests import Requests


def test_one_answer_serves_all_who_wait() -> None:
    requests: Requests[int] = Requests()
    asked = [requests.add(), requests.add()]
    assert requests.is_waiting

    requests.answer(7)

    assert [request.result(0) for request in asked] == [7, 7]
    assert not requests.is_waiting


def test_who_asks_when_nobody_answers_any_more_is_refused_at_once() -> None:
    requests: Requests[int] = Requests()
    before = requests.add()

    requests.close(RunNotActiveError("the run has ended"))

    for request in (before, requests.add()):
        with pytest.raises(RunNotActiveError, match="the run has ended"):
            request.result(0)
    assert not requests.is_waiting


def test_what_is_withdrawn_is_not_answered_and_what_was_answered_is_not_withdrawn() -> None:
    requests: Requests[int] = Requests()
    given_up, other = requests.add(), requests.add()

    assert requests.withdraw(given_up)
    assert requests.is_waiting
    assert requests.answer(7)

    assert (given_up.done(), other.result(0)) == (False, 7)
    assert not requests.withdraw(other)
    assert requests.withdraw(requests.add())
    assert not requests.is_waiting
    assert not requests.answer(8)
