"""Delta debugging, of changes of which it is known which of them are guilty."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from newest.culprits import culprits

SUSPECTS = range(100)


class Trials:
    """Fails where all the guilty are among the changes, and counts how often it was asked."""

    def __init__(self, *guilty: int) -> None:
        self.guilty, self.count = set(guilty), 0

    def __call__(self, changes: Sequence[int]) -> bool:
        self.count += 1
        return self.guilty <= set(changes)


@pytest.mark.parametrize("guilty", [0, 1, 42, 63, 99])
def test_one_of_a_hundred_is_found_by_halving(guilty: int) -> None:
    fails = Trials(guilty)
    assert culprits(SUSPECTS, fails) == [guilty]
    assert fails.count <= 14


@pytest.mark.parametrize("guilty", [(3, 4), (0, 99), (10, 60), (1, 33, 80)])
def test_those_that_fail_only_together_are_all_found(guilty: tuple[int, ...]) -> None:
    assert culprits(SUSPECTS, Trials(*guilty)) == sorted(guilty)


def test_of_two_that_fail_alone_one_is_found() -> None:
    (found,) = culprits(SUSPECTS, lambda changes: 20 in changes or 70 in changes)
    assert found in (20, 70)


def test_one_suspect_needs_no_trial() -> None:
    fails = Trials(7)
    assert culprits([7], fails) == [7]
    assert fails.count == 0
