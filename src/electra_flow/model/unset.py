"""The value of what is not declared, which None is not: a deployment may have no limit at all."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal


class Unset(Enum):
    """What `deploy.py` does not declare stays as the server has it."""

    UNSET = "no declarado"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final[Literal[Unset.UNSET]] = Unset.UNSET
