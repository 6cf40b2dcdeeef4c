"""The helper that shares an update: both halves done, every failure told, no thread left behind."""

import threading

import pytest

from learner.crew import Crew


def helpers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "learner-helper"]


@pytest.mark.parametrize("threads", [1, 2])
def test_both_tasks_are_done_when_it_returns(threads: int) -> None:
    crew, done = Crew(threads), list[str]()
    for _ in range(100):
        crew.run(lambda: done.append("mine"), lambda: done.append("other"))
    assert sorted(done) == ["mine"] * 100 + ["other"] * 100


def test_two_threads_work_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=30.0)
    Crew(2).run(meeting.wait, meeting.wait)  # with one thread nobody would come


def test_what_either_side_raises_reaches_the_caller_once_the_other_is_done() -> None:
    crew, done = Crew(2), list[str]()

    def fail() -> None:
        raise ValueError("an overflow")

    for mine, other in ((fail, lambda: done.append("other")), (lambda: done.append("mine"), fail)):
        with pytest.raises(ValueError, match="an overflow"):
            crew.run(mine, other)
    assert done == ["other", "mine"]
    crew.run(lambda: done.append("mine"), lambda: done.append("other"))  # it can go on
    assert len(done) == 4


def test_the_helper_ends_with_its_crew() -> None:
    before = helpers()  # of crews that nobody has tidied away yet, which may end at any moment
    crew = Crew(2)
    [helper] = [thread for thread in helpers() if thread not in before]
    with pytest.raises(ZeroDivisionError):
        crew.run(list, lambda: 1 / 0)
    del crew
    assert not helper.is_alive()
