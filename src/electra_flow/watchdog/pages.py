"""Reading lists that the server gives in pages, whatever the size of its pages is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

AT_ONCE = 100  # ids in one request
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Reader(Protocol[T_co]):
    """A method of Prefect's client that reads a list."""

    def __call__(self, *, offset: int) -> Sequence[T_co]:
        """Read a page that begins there."""


def all_pages(read: Reader[T]) -> Iterator[T]:
    """Read all pages. What moves from one to another meanwhile, the next round sees."""
    offset = 0
    while page := read(offset=offset):
        yield from page
        offset += len(page)


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut a list into parts that a request can carry."""
    for first in range(0, len(items), size):
        yield items[first : first + size]
