"""How long something takes, in words."""

from __future__ import annotations

from datetime import timedelta


def duration(time: timedelta | None) -> str:
    """Write a duration: «2 h», «1 h 30 min», «45 s»; a part of a second is none."""
    seconds = int(time.total_seconds()) if time else 0
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24) if hours >= 48 else (0, hours)
    parts = {"días": days, "h": hours, "min": minutes, "s": seconds}
    return " ".join(f"{number} {unit}" for unit, number in parts.items() if number) or "0 s"
