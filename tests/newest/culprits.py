"""Which of many changes makes something fail: delta debugging, `ddmin` of Zeller and Hildebrandt."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


def culprits(suspects: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> list[T]:
    """Return a smallest set of changes with which it fails: without any one of them, it does not.

    One is the common case, and takes twice as many trials as `suspects` can be halved. Several are
    returned where only together they fail.

    Args:
        suspects: The changes; with all of them it fails, and with none it does not.
        fails: Whether it fails with these, and without the others.
    """
    left, parts = list(suspects), 2
    while len(left) > 1:
        chunks = _chunks(left, parts)
        rests = [[one for one in left if one not in chunk] for chunk in chunks]
        if found := next((chunk for chunk in chunks if fails(chunk)), None):
            left, parts = found, 2
        elif parts > 2 and (found := next((rest for rest in rests if fails(rest)), None)):
            left, parts = found, parts - 1
        elif parts < len(left):
            parts = min(2 * parts, len(left))
        else:
            break
    return left


def _chunks(items: list[T], parts: int) -> list[list[T]]:
    bounds = [len(items) * number // parts for number in range(parts + 1)]
    return [items[start:end] for start, end in zip(bounds, bounds[1:], strict=False)]
