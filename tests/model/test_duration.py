"""How durations are written."""

from __future__ import annotations

from datetime import timedelta

import pytest

from electra_flow.model.duration import duration


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=1, minutes=30), "1 h 30 min"),
        (timedelta(seconds=45.9), "45 s"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2, hours=1), "2 días 1 h"),
        (timedelta(0), "0 s"),
    ],
)
def test_it_is_read_at_a_glance(time: timedelta, text: str) -> None:
    assert duration(time) == text
