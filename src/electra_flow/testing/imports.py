"""What a project imports and does not declare: it is here by luck, and not on a worker."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path
from typing import Any

from electra_flow.checks.toml_file import table

# pydantic always comes with Prefect, and its models are a part of Prefect's interface.
_WITH = {"prefect": {"pydantic"}}


def undeclared_imports(
    files: Iterable[Path], folder: Path, pyproject: dict[str, Any]
) -> Iterator[str]:
    """Say which installed packages are imported and are no dependency of the project's.

    What is not installed at all, importing shows. What only the group `dev` has is missing on a worker.

    Args:
        files: The files that a run or a deployment imports.
        folder: The project's folder.
        pyproject: Its pyproject.toml.
    """
    declared = _declared(pyproject)
    providers = _providers()
    for file in files:
        for node, name in _imports(ast.parse(file.read_bytes())):
            packages = sorted({_plain(item) for item in providers.get(name, ())})
            if packages and not declared.intersection(packages):
                place = f"{file.relative_to(folder).as_posix()}:{node.lineno}"
                yield (
                    f"{place}: «{name}» no está en las dependencias, y en el worker puede faltar; "
                    f"agregalo: uv add {packages[0]}"
                )


@cache
def _providers() -> Mapping[str, list[str]]:
    """Return the packages that bring each module, which takes a third of a second."""
    return packages_distributions()


def _imports(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    """Give the first names of what is imported, but for what may fail or is for types alone."""
    optional = {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.Try)
        or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in optional:
            continue
        if isinstance(node, ast.Import):
            yield from ((node, item.name.partition(".")[0]) for item in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node, node.module.partition(".")[0]


def _declared(pyproject: dict[str, Any]) -> set[str]:
    project, groups = table(pyproject, "project"), table(pyproject, "dependency-groups")
    lists = [project.get("dependencies", []), *table(project, "optional-dependencies").values()]
    lists += [items for name, items in groups.items() if name != "dev"]
    given = (item for items in lists for item in items if isinstance(item, str))
    found = [match for item in given if (match := re.match(r"([\w.-]+)(?:\[(.*?)\])?", item))]
    names = {_plain(match[1]) for match in found}
    names.update(*(_of_extras(match[1], match[2]) for match in found if match[2]))
    return names.union(*(_WITH.get(name, set()) for name in names))


def _of_extras(name: str, extras: str) -> Iterator[str]:
    """Give what a package's extras bring, which asking for them declares: `electra-flow[report]`."""
    try:
        required = requires(name) or []
    except PackageNotFoundError:
        return
    for item in required:
        of_extra = re.search(r"extra *== *['\"]([\w.-]+)", item)
        package = re.match(r"[\w.-]+", item)
        if package and of_extra and _plain(of_extra[1]) in map(_plain, re.split(r"[\s,]+", extras)):
            yield _plain(package[0])


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
