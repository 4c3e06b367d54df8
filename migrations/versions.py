"""The project in three versions: as it was generated, as its author has it, as it would be now."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from electra_flow.generation.monorepo import place, quoted
from electra_flow.generation.pyproject import name_wheel, record_place, replace
from electra_flow.generation.vendor import FOLDER
from electra_flow.generation.wheel import Wheel
from migrations.answers import is_fat, read_answers
from migrations.git import as_added, tracked
from migrations.problem import CannotThinError
from migrations.render import ROOT, contents, old_template, render

Files = dict[str, str]
# What the new README says of a generated project, and is not so in one that comes from 0.1.0.
_BEHAVIOUR_STAYS = (
    (r"despliega en dev, sin horario;", "despliega en dev;"),
    (
        r" dev corre esta carpeta; prod, el commit que se desplegó, del repositorio\.",
        " dev corre lo último de la rama; prod, el commit que se desplegó.",
    ),
)


@dataclass(frozen=True)
class Versions:
    """The texts of a project's files, by path with slashes, in three versions.

    Attributes:
        folder: The project's folder.
        top: The top of its repository.
        base: As it was generated.
        ours: As it is in the last commit; what is no text is left out.
        theirs: As it would be generated now.
        workflow_at_top: Whether its author moved the workflow to the top of the repository.
    """

    folder: Path
    top: Path
    base: Files
    ours: Files
    theirs: Files
    workflow_at_top: bool

    def path(self, name: str) -> Path:
        """Return where a file of the project is, or would be."""
        at_top = self.workflow_at_top and name.startswith(".github/workflows/")
        return (self.top if at_top else self.folder) / name


def find_versions(folder: Path, top: Path, wheel: Wheel, scratch: Path) -> Versions:
    """Read a project, and render the other two versions of it.

    Args:
        folder: The project's folder.
        top: The top of its repository.
        wheel: The library that it will depend on.
        scratch: A folder for temporary files.

    Raises:
        CannotThinError: It is no project of 0.1.0, or it cannot be rendered.
    """
    files = tracked(folder)
    if not files and (folder / "deploy.py").exists():
        raise CannotThinError(f"Git no tiene ningún archivo de {folder}: agregalos, con «git add».")
    if not is_fat(files):
        raise CannotThinError(
            f"{folder} no es un proyecto de la versión 0.1.0: le falta deploy.py, deployment/ o lo "
            "demás que lo acompañaba; no hay nada que cambiar."
        )
    base, answers = _generated(files, folder, old_template(scratch / "old"), scratch)
    ours = _texts(files)
    inside = Path(os.path.relpath(folder, top)) if folder != top else None
    # A project that came into its repository later names no folder of it.
    pointed = inside is not None and "--project ." not in ours.get(
        ".pre-commit-config.yaml", "--project ."
    )
    theirs = render(ROOT, answers, scratch / "new")
    library = top / FOLDER / wheel.name
    name_wheel(str(theirs), wheel.version, _relative(library, folder))
    if pointed and inside:
        base = _pointed(base, scratch / "then", inside)
        theirs = _pointed(theirs, scratch / "now", inside)
        record_place(str(theirs), inside.as_posix())
    base_texts, new_texts = _texts(contents(base)), _texts(contents(theirs))
    for pattern, instead in _BEHAVIOUR_STAYS:
        new_texts["README.md"] = re.sub(pattern, instead, new_texts["README.md"])
    workflow = next(name for name in base_texts if name.startswith(".github/workflows/"))
    at_top = workflow not in ours and top != folder and (top / workflow).is_file()
    if at_top:
        ours[workflow] = _texts({workflow: (top / workflow).read_bytes()})[workflow]
    return Versions(folder, top, base_texts, ours, new_texts, at_top)


def _generated(
    files: Mapping[str, bytes], folder: Path, template: Path, scratch: Path
) -> tuple[Path, dict[str, str]]:
    """Return the rendering of the old template that the project is most like, and its answers."""
    candidates = read_answers(files, folder.name)
    first = as_added(folder)
    if first and is_fat(first):
        candidates += read_answers(first, folder.name)
    best: tuple[int, Path, dict[str, str]] | None = None
    for number, answers in enumerate(candidates):
        if answers in candidates[:number]:
            continue
        rendered = render(template, answers, scratch / f"old-{number}")
        texts, ours = _texts(contents(rendered)), _texts(files)
        same = sum(ours.get(name) == text for name, text in texts.items())
        if best is None or same > best[0]:
            best = (same, rendered, answers)
    assert best
    return best[1], best[2]


def _pointed(rendered: Path, top: Path, inside: Path) -> Path:
    """Make a rendering one of a project that shares its repository, and return it.

    With a workflow of its own, as 0.1.0 had: whoever has one at the top keeps it.
    """
    placed = top / inside.parent / rendered.name
    placed.parent.mkdir(parents=True)
    rendered.rename(placed)
    replace(str(placed / ".pre-commit-config.yaml"), *place(inside.as_posix()))
    workflow = f".github/workflows/{placed.name}.yml"
    glob = re.sub(r"([]*?+![\\])", r"\\\1", inside.as_posix())
    paths = f"    paths: [{quoted(f'{glob}/**')}, {quoted(workflow)}]\n"
    folder = f"defaults:\n  run:\n    working-directory: {quoted(inside.as_posix())}\n\n"
    replace(
        str(placed / workflow),
        ("    branches: [main, master]\n", f"    branches: [main, master]\n{paths}"),
        ("  pull_request:\n", f"  pull_request:\n{paths}"),
        ("\njobs:\n", f"\n{folder}jobs:\n"),
    )
    return placed


def _texts(files: Mapping[str, bytes]) -> Files:
    """Return the files that are texts, with the line ends that the project's Git gives them."""
    texts = {}
    for name, content in files.items():
        try:
            texts[name] = content.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            if name.endswith((".py", ".toml", ".md", ".yaml", ".yml")):
                raise CannotThinError(
                    f"{name} no está en UTF-8: guardalo así, y volvé a empezar."
                ) from None
    return texts


def _relative(path: Path, start: Path) -> str:
    return os.path.relpath(path, start).replace(os.sep, "/")
