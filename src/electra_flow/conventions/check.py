"""All that is checked in the code of a project, file by file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from electra_flow.checks.timezones import SUGGESTED
from electra_flow.conventions import rules
from electra_flow.conventions.exemptions import apply_exemptions
from electra_flow.conventions.finding import Finding
from electra_flow.conventions.of_ruff import Ruff
from electra_flow.conventions.source import Source
from electra_flow.conventions.visitor import Project, Visitor

_UNREADABLE = f"{rules.EXEMPTIONS.code} no-se-puede-leer"
_MAX_SIZE = 2_000_000  # bytes; what is larger was not written by a person


def check(folder: Path) -> list[Finding]:
    """Return what is wrong in the code of a project, in order."""
    folder = folder.resolve()
    problems: list[Finding] = []
    try:
        ruff = Ruff(folder)
    except (ImportError, OSError):
        ruff = None
        problems.append(_unreadable("pyproject.toml", "Falta ruff; ejecutá: uv sync."))
    sources = {source.path: source for source in _read(folder, problems)}
    project = _project(folder, sources)
    found = {path: _check_file(source, project, problems) for path, source in sources.items()}
    try:
        for finding in ruff.findings(project.timezone) if ruff else ():
            if finding.path in found:
                found[finding.path].append(finding)
    except RuntimeError as error:
        problems.append(_unreadable("pyproject.toml", f"{error}."))
    for path, source in sources.items():
        problems += apply_exemptions(source, found[path])
    return sorted({*problems, *_check_yaml(folder)})


def _project(folder: Path, sources: dict[str, Source]) -> Project:
    """Learn from deploy.py what all files have to know."""
    deploy = sources["deploy.py"].content if "deploy.py" in sources else ""
    timezone = re.search(r"\btimezone=[\"']([\w/+-]+)[\"']", deploy)
    flows = (
        f"{Path(path).stem}.{flow}" for path, source in sources.items() for flow in source.flows
    )
    return Project(
        timezone=timezone[1] if timezone else SUGGESTED,
        from_git="GitSource(" in deploy,
        flows=frozenset(flows),
    )


def _check_file(source: Source, project: Project, problems: list[Finding]) -> list[Finding]:
    if source.path.startswith(
        "tests/"
    ):  # what is made up there, detect-secrets tells from the rest
        return []
    try:
        return Visitor(source, project).check()
    except RecursionError as error:
        problems.append(_unreadable(source.path, _reason(error)))
        return []


def _check_yaml(folder: Path) -> Iterator[Finding]:
    for name in ("prefect.yaml", "prefect.yml"):
        if (folder / name).is_file():
            text = f"{name} y deploy.py no van juntos: pasá lo que declara a Deployment(…), en deploy.py, y borralo."
            yield Finding(name, 1, 1, str(rules.DEPLOYING), text)


def _read(folder: Path, problems: list[Finding]) -> Iterator[Source]:
    """Give the files that can be read, and say of each other why not."""
    for path in sorted(_python_files(folder)):
        name = path.relative_to(folder).as_posix()
        try:
            if path.stat().st_size <= _MAX_SIZE:
                content = path.read_bytes().decode("utf-8-sig")
                yield Source(name, content.replace("\r\n", "\n").replace("\r", "\n"))
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line, column = getattr(error, "lineno", 1) or 1, getattr(error, "offset", 1) or 1
            problems.append(_unreadable(name, _reason(error), line, column))


def _python_files(folder: Path) -> Iterator[Path]:
    """Give the author's files: not those in hidden folders and virtual environments."""
    for parent, folders, files in os.walk(folder):
        # The tests print, and make up credentials and dates: conventions are for what runs.
        hidden = (
            ".",
            "__pycache__",
            "node_modules",
            *(["tests"] if folder.samefile(parent) else []),
        )
        folders[:] = [
            name
            for name in folders
            if not name.startswith(hidden) and not Path(parent, name, "pyvenv.cfg").exists()
        ]
        yield from (Path(parent, name) for name in files if name.endswith(".py"))


def _reason(error: Exception) -> str:
    reasons = {
        FileNotFoundError: "no está",
        UnicodeDecodeError: "no está en UTF-8; guardalo en UTF-8",
        RecursionError: "tiene expresiones demasiado anidadas; partilas en variables",
        MemoryError: "tiene expresiones demasiado anidadas; partilas en variables",
    }
    message = error.msg if isinstance(error, SyntaxError) else error
    reason = reasons.get(type(error), f"no se puede leer: {' '.join(str(message).split())}")
    return f"El archivo {reason}."


def _unreadable(path: str, text: str, line: int = 1, column: int = 1) -> Finding:
    return Finding(path, line, max(column, 1), _UNREADABLE, text)
