"""Who works beside training rests nine times as long as the work took."""

from runs.rest import Rest


def test_work_of_two_seconds_is_followed_by_eighteen_of_rest() -> None:
    now = [100.0]
    rest = Rest(lambda: now[0])
    before = rest.left_s

    rest.begin()
    now[0] = 102.0
    at_work = rest.left_s
    rest.end()
    left = [rest.left_s]
    for now[0] in (119.0, 120.0, 500.0):
        left.append(rest.left_s)

    assert (before, at_work) == (0.0, 0.0)
    assert left == [18.0, 1.0, 0.0, 0.0]


def test_work_that_failed_is_followed_by_no_rest() -> None:
    now = [100.0]
    rest = Rest(lambda: now[0])

    rest.begin()
    now[0] = 102.0

    assert rest.left_s == 0.0
