"""What the post-generation hook has to know, as a literal of Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from electra_answers.library_modules import TEMPLATE, library_module
from electra_answers.quoting import names

if TYPE_CHECKING:
    from collections.abc import Mapping


def hook(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers, and what only cookiecutter's process knows.

    `template` is the template's folder. `library` is the table `project` of its pyproject.toml, if
    the hook has to make the library's wheel from it: reading TOML would cost the hook 12 ms.
    """
    known: dict[str, Any] = {name: value for name, value in answers.items() if name[0] != "_"}
    known |= {"module": answers["__module"], "secrets": names(answers["secrets"])}
    known |= {"under_cruft": "_repo_dir" not in answers, "template": str(TEMPLATE), "library": None}
    if not known["under_cruft"] and not answers.get("__library"):
        wheel = library_module("electra_flow.generation.wheel")
        known["library"] = wheel.read_project(TEMPLATE)
    return known
