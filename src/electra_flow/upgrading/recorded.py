"""What a project was generated with, as its .electra-flow.json says it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from electra_flow.generation.pyproject import RECORD
from electra_flow.upgrading.problem import CannotUpgradeError
from electra_flow.upgrading.template import Rendering

# Questions that were renamed, and choices: what was answered then, by what it is called now. A
# question that is new takes its default, and one that is gone is dropped (docs/decisions/questions.md).
RENAMED_QUESTIONS: Mapping[str, str] = {}
RENAMED_CHOICES: Mapping[tuple[str, str], str] = {}  # (question as now, choice as then): choice


@dataclass(frozen=True)
class Recorded:
    """What a project was generated with.

    Attributes:
        version: The version of the template.
        rendering: The answers as they were given, and the project's place then.
    """

    version: str
    rendering: Rendering

    def now(self) -> Rendering:
        """Return the answers to the questions of this version of the template."""
        answers = {
            RENAMED_QUESTIONS.get(name, name): answer
            for name, answer in self.rendering.answers.items()
        }
        answers = {
            name: RENAMED_CHOICES.get((name, answer), answer) for name, answer in answers.items()
        }
        return Rendering(answers, self.rendering.place)


def read_recorded(folder: Path) -> Recorded:
    """Read what a project was generated with.

    Raises:
        CannotUpgradeError: It does not say, or its library is no wheel.
    """
    try:
        data: Any = json.loads((folder / RECORD).read_text(encoding="utf-8-sig"))
        library, place, answers = str(data["library"]), data["place"], data["answers"]
        if not isinstance(place, str) or not _are_texts(answers):
            raise TypeError
    except FileNotFoundError:
        raise CannotUpgradeError(
            f"no tiene {RECORD}, que dice con qué se generó: electra-flow docs actualizar dice cómo "
            "se hace uno."
        ) from None
    except OSError as error:
        raise CannotUpgradeError(f"{RECORD} no se puede leer: {error.strerror}.") from None
    except (ValueError, LookupError, TypeError):
        raise CannotUpgradeError(
            f"{RECORD} no es como se generó: recuperalo con «git log -- {RECORD}» y «git checkout»."
        ) from None
    version = re.fullmatch(r"electra-flow(?:\[.*\])?\s*==\s*(\S+)", library)
    if not version:
        raise CannotUpgradeError(
            f"se generó con «{library}», y de ahí sale su plantilla: electra-flow docs actualizar "
            "dice cómo se actualiza."
        )
    if not _is_inside(place):
        raise CannotUpgradeError(
            f"{RECORD} tiene place «{place}»: es su carpeta en el repositorio."
        )
    return Recorded(version[1], Rendering(answers, place))


def _are_texts(answers: Any) -> bool:
    return isinstance(answers, dict) and all(
        isinstance(value, str) and not name.startswith("_") for name, value in answers.items()
    )


def _is_inside(place: str) -> bool:
    parts = place.split("/")
    return place == "." or not ({"", ".", ".."} & set(parts) or "\\" in place or ":" in place)
