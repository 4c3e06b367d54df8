"""The library as a whole: its types, its layers, its size."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

from harness import ROOT, TOOLS

PACKAGE = ROOT / "src" / "electra_flow"
MODULES = sorted(PACKAGE.rglob("*.py"))
# Which rooms a room may import from; calls go in one direction.
MAY_IMPORT = {
    "model": set(),
    "checks": {"model"},
    "sources": {"checks", "model"},
    "images": {"sources", "checks", "model"},
    "deploying": {"images", "sources", "checks", "model", "tied"},
    "repository": {"deploying", "sources", "checks", "model", "generation", "tied"},
    "logger": set(),
    "report": {"logger", "model"},
    "distributed": set(),
    "watchdog": {"model"},
    "alerts": {"model", "report", "watchdog"},
    "conventions": {"checks"},
    "generation": {"checks"},
    "tied": set(),
    "serving": {"tied"},
    "developing": {"deploying", "checks", "model", "tied"},
    "upgrading": {"checks", "generation", "model", "repository", "sources"},
    "command": {
        "conventions",
        "developing",
        "generation",
        "model",
        "repository",
        "serving",
        "upgrading",
    },
    "testing": {"checks", "model", "conventions", "logger"},
}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


@functools.cache
def imported(path: Path) -> set[str]:
    """Return the modules of the library that a file imports, wherever in it, but not for types alone."""
    names = set()
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for part in ast.walk(node)
    }
    for node in (node for node in ast.walk(tree) if id(node) not in for_types):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {item.name for item in node.names}
    return {name for name in names if name.startswith("electra_flow.")}


@pytest.mark.real
def test_a_strict_type_checker_finds_nothing(mypy_cache: Path) -> None:
    command = [TOOLS / "mypy", "--cache-dir", mypy_cache]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_calls_between_rooms_go_in_one_direction(name: str) -> None:
    allowed = MAY_IMPORT[name] | {name}
    wrong = {
        f"{path.relative_to(PACKAGE)} imports {module}"
        for path in MODULES
        if room(path) == name
        for module in imported(path)
        if module.split(".")[1] not in allowed
    }
    assert wrong == set()


def test_every_room_has_its_place_in_that_order() -> None:
    rooms = {room(path) for path in MODULES if path.parent != PACKAGE}
    assert rooms == set(MAY_IMPORT)


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): imported(path)
        for path in MODULES
    }
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " → ".join([*above, module])
        if module not in done:
            for other in graph.get(module, set()) - {"electra_flow.__init__"}:
                visit(other, (*above, module))
            done.add(module)

    for module in graph:
        if module != "electra_flow.__init__":
            visit(module, ())


def test_no_file_is_longer_than_can_be_read_at_once() -> None:
    long = {
        path.relative_to(PACKAGE).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in MODULES
    }
    assert {name: lines for name, lines in long.items() if lines > 300} == {}


def test_what_the_hook_imports_is_of_the_standard_library_alone() -> None:
    program = (
        "import sys\n"
        "import electra_flow.generation.after, electra_flow.generation.server\n"
        "import electra_flow.generation.vendor, electra_flow.generation.wheel\n"
        "import electra_flow.generation.processes, electra_flow.generation.monorepo\n"
        "import electra_flow.checks.server\n"
        "own = sys.stdlib_module_names | {'electra_flow', '__main__'}\n"
        "others = {name.partition('.')[0] for name in sys.modules} - own\n"
        "sys.exit(', '.join(sorted(others)) if others else 0)\n"
    )
    path = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\n"
    command = [sys.executable, "-I", "-S", "-c", path + program]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
