"""The event bus: stamps in order, stores first, thins out progress alone, and survives its listeners."""

import logging
import threading
from collections.abc import Iterator

import pytest

from runs.bus import EPISODES_IN_FLIGHT, EventBus, EventListeners
from runs.events import Envelope, Notice, NoticeLevel, RunProgress, RunStatus, RunStatusChanged
from runs.run import Run, apply
from tests.runs.helpers import (
    BOOT_ID,
    RUN_ID,
    TIMEOUT_S,
    Heard,
    episode_finished,
    run_before_its_first_event,
    run_progress,
)


class HandClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Recorder:
    """Stands where the store stands: folds events, can be told to wait or to refuse."""

    def __init__(self) -> None:
        self.run = run_before_its_first_event()
        self.recorded: list[int] = []
        self.refuses: set[int] = set()
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def __call__(self, envelope: Envelope) -> Run:
        assert self.may_go_on.wait(TIMEOUT_S)
        if envelope.sequence in self.refuses:
            raise OSError("disk full")
        self.recorded.append(envelope.sequence)
        self.run = apply(self.run, envelope)
        return self.run


class Bus:
    """A started bus with everything around it."""

    def __init__(self, heard: Heard) -> None:
        self.clock = HandClock()
        self.recorder = Recorder()
        self.heard = heard
        self.audience = 1
        listeners = EventListeners()
        listeners.add(_raise)
        listeners.add(heard, lambda: self.audience)
        self.bus = EventBus(self.recorder.run, self.recorder, listeners, self.clock)
        self.bus.start()


def _raise(envelope: Envelope, run: Run) -> None:
    raise RuntimeError("a listener with a fault")


def info(text: str) -> Notice:
    return Notice(NoticeLevel.INFO, text)


@pytest.fixture
def made(heard: Heard) -> Iterator[Bus]:
    made = Bus(heard)
    yield made
    made.recorder.may_go_on.set()
    assert made.bus.close(TIMEOUT_S)


def test_events_are_numbered_from_one_in_the_order_published(made: Bus) -> None:
    events = [info(str(number)) for number in range(50)]

    numbers = [made.bus.publish(event) for event in events]
    made.bus.close()

    assert numbers == list(range(1, 51))
    assert made.heard.events(Notice) == events
    assert {(heard.run_id, heard.boot_id) for heard in made.heard.envelopes} == {(RUN_ID, BOOT_ID)}


def test_events_of_many_threads_have_no_gap_and_no_duplicate(made: Bus) -> None:
    def publish_many() -> None:
        for number in range(200):
            made.bus.publish(info(str(number)))

    threads = [threading.Thread(target=publish_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made.bus.close()

    assert made.heard.sequences == list(range(1, 801))
    times = [heard.time for heard in made.heard.envelopes]
    assert times == sorted(times)


def test_the_store_has_an_event_before_a_listener_sees_it(made: Bus) -> None:
    made.recorder.may_go_on.clear()

    sequence = made.bus.publish(info("late"))

    assert not made.bus.wait_for(sequence, timeout_s=0.05)
    assert made.heard.envelopes == []
    made.recorder.may_go_on.set()
    assert made.bus.wait_for(sequence, TIMEOUT_S)
    assert made.heard.sequences == made.recorder.recorded == [1]
    assert made.heard.runs[0].notices[0].text == "late"


def test_an_event_that_was_not_stored_is_not_shown(made: Bus, caplog: pytest.LogCaptureFixture) -> None:
    made.recorder.refuses.add(2)

    with caplog.at_level(logging.ERROR):
        for text in "abc":
            made.bus.publish(info(text))
        made.bus.close()

    assert made.heard.sequences == [1, 3]
    assert "event 2 was not recorded" in caplog.text


def test_a_listener_that_raises_is_logged_and_skipped(made: Bus, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        made.bus.publish(info("a"))
        made.bus.close()

    assert made.heard.sequences == [1]
    assert "a listener with a fault" in caplog.text


def test_progress_comes_at_most_four_times_a_second_and_the_newest_wins(made: Bus) -> None:
    for step in range(1, 1_001):  # 1,000 steps in 1 s
        made.bus.publish(run_progress(step))
        made.clock.now += 0.001
    made.bus.close()

    steps = [event.progress.step for event in made.heard.events(RunProgress)]
    assert steps == [1, 251, 501, 751, 1_000]  # every 250 ms, and the last one
    assert made.heard.sequences == list(range(1, 6))


def test_a_crowd_hears_of_progress_less_often(made: Bus) -> None:
    made.audience = 50

    for step in range(1, 3_001):  # 3 s
        made.bus.publish(run_progress(step))
        made.clock.now += 0.001
    made.bus.close()

    steps = [event.progress.step for event in made.heard.events(RunProgress)]
    assert steps == [1, 1_251, 2_501, 3_000]  # 40 messages a second: every 1.25 s


def test_the_last_progress_comes_before_a_change_of_status(made: Bus) -> None:
    made.bus.publish(run_progress(1))
    made.bus.publish(run_progress(2))
    made.bus.publish(RunStatusChanged(RunStatus.FINISHED))
    made.bus.close()

    assert [type(heard.event) for heard in made.heard.envelopes] == [RunProgress, RunProgress, RunStatusChanged]
    assert made.heard.runs[-1].progress == run_progress(2, steps_per_s=None)


def test_flush_brings_the_progress_kept_back(made: Bus) -> None:
    made.bus.publish(run_progress(1))
    made.bus.publish(run_progress(2))

    made.bus.flush()

    assert made.heard.wait_for_events(2, RunProgress)[-1].progress.step == 2


def test_episodes_hold_their_publisher_back_while_the_store_is_behind(made: Bus) -> None:
    made.recorder.may_go_on.clear()
    published: list[int] = []
    is_full = threading.Event()

    def publish_episodes() -> None:
        for episode in range(1, EPISODES_IN_FLIGHT + 2):
            if episode > EPISODES_IN_FLIGHT:
                is_full.set()
            made.bus.publish(episode_finished(episode))
            published.append(episode)

    publisher = threading.Thread(target=publish_episodes)
    publisher.start()
    assert is_full.wait(TIMEOUT_S)
    publisher.join(timeout=0.05)
    was_held_back = publisher.is_alive()
    notice = made.bus.publish(info("passes by"))  # a full store holds up nobody else
    made.recorder.may_go_on.set()
    publisher.join(TIMEOUT_S)

    assert was_held_back
    assert notice == EPISODES_IN_FLIGHT + 1
    assert published == list(range(1, EPISODES_IN_FLIGHT + 2))


def test_a_closed_bus_takes_nothing(made: Bus) -> None:
    last = made.bus.publish(info("last"))
    made.bus.close()

    assert made.bus.publish(info("too late")) == last
    assert made.bus.publish(episode_finished(1)) == last
    assert made.heard.sequences == [1]


def test_closing_ends_the_named_thread(made: Bus) -> None:
    assert f"events-{RUN_ID}" in [thread.name for thread in threading.enumerate()]

    assert made.bus.close(TIMEOUT_S)

    assert f"events-{RUN_ID}" not in [thread.name for thread in threading.enumerate()]
