"""What a generated project looks like: its files, their form, and its own tests and linters."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from generated_examples import ANSWERS, examples, stored
from harness import ROOT, TOOLS, copy_template, git, installed_for, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Generated, Project

FILES = """
.editorconfig
.electra-flow.json
.gitattributes
.github/workflows/mi-flujo.yml
.gitignore
.pre-commit-config.yaml
README.md
deploy.py
prefect.toml
pyproject.toml
src/mi_flujo.py
tests/test_flow.py
tests/test_project.py
"""
# What only a project with this logger has.
LOGGERS = {"bundled": "", "consulterscommons": "logging.yml tests/consulterscommons.py"}
# What only a project of this kind has.
MORE = {"monitoring": " src/avisar.py src/vigilar.py "}
KINDS = ("basic", "subflows", "distributed", "monitoring")
SOURCES = ("local", "github")

PARSERS: dict[str, Callable[[str], object]] = {
    ".py": ast.parse,
    ".toml": tomllib.loads,
    ".yaml": yaml.safe_load,
    ".yml": yaml.safe_load,
    ".json": json.loads,
}


VARIANTS = {
    f"{kind}-{source}-{logger}{'-secrets' * bool(secrets)}": {
        "flow_kind": kind,
        "source": source,
        "secrets": secrets,
        "prefect_logger": logger,
    }
    for kind in KINDS
    for source in SOURCES
    for logger in LOGGERS
    for secrets in ("", "token-api, clave-sql")
}
# Whose own tests are run: each kind with each source and logger, every other one with secrets.
TESTED = [
    name
    for name, answers in VARIANTS.items()
    if bool(answers["secrets"])
    == ((answers["source"] == "local") == (answers["prefect_logger"] == "consulterscommons"))
]
# Those that start a server, too: each kind, with either logger.
WITH_SERVER = {
    "basic-local-consulterscommons-secrets",
    "subflows-github-bundled-secrets",
    "distributed-github-bundled-secrets",
    "monitoring-local-bundled",
}


@pytest.fixture(scope="module")
def variant(
    tmp_path_factory: pytest.TempPathFactory, generate: Callable[..., Generated]
) -> Callable[[str], Generated]:
    """Return a function that gives a variant, which is generated once."""

    @cache
    def variant(name: str) -> Generated:
        generated = generate(tmp_path_factory.mktemp("generated"), **VARIANTS[name])
        assert generated.code == 0, generated.output
        return generated

    return variant


@pytest.fixture(params=VARIANTS)
def generated(request: pytest.FixtureRequest, variant: Callable[[str], Generated]) -> Generated:
    return variant(request.param)


def file_names(kind: str = "basic", logger: str = "bundled") -> list[str]:
    """Return the files of a project, the library's wheel aside."""
    return sorted((FILES + MORE.get(kind, "") + LOGGERS[logger]).split())


def files(project: Path) -> list[Path]:
    """Return what a project's author reads: all but the library's wheel."""
    found = sorted(path for path in project.rglob("*") if path.is_file())
    return [path for path in found if not {".git", "vendor"} & set(path.relative_to(project).parts)]


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_it_holds_exactly_these_files(generated: Generated, request: Any) -> None:
    answers = VARIANTS[request.node.callspec.params["generated"]]
    found = [path.relative_to(generated.path).as_posix() for path in files(generated.path)]
    assert found == file_names(answers["flow_kind"], answers["prefect_logger"])
    (library,) = (generated.path / "vendor").iterdir()
    assert library.match("electra_flow-*-py3-none-any.whl")


def test_a_default_project_is_read_in_ten_minutes(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    """Its README in one or two screens, of 50 lines."""
    path = generate(tmp_path, server_check="skip").path
    count = {file.relative_to(path).as_posix(): lines(file) for file in files(path)}
    assert len(count) + 1 <= 15, "with the wheel, and without uv.lock"
    assert sum(count.values()) <= 450
    assert count[".pre-commit-config.yaml"] < 40


def test_its_readme_is_at_most_two_screens(generated: Generated) -> None:
    assert lines(generated.path / "README.md") <= 100


def test_the_examples_are_what_is_generated(variant: Callable[[str], Generated]) -> None:
    made = {
        name: variant(f"{own.get('flow_kind', 'basic')}-{own.get('source', 'local')}-bundled").path
        for name, own in ANSWERS.items()
    }
    assert stored() == examples(made), "python3 run.py examples"


def test_every_file_parses_and_has_unix_line_ends(generated: Generated) -> None:
    for path in files(generated.path):
        content = path.read_bytes()
        assert content and b"\r" not in content, path
        assert content.endswith(b"\n"), path
        PARSERS.get(path.suffix, str)(content.decode("utf-8"))


def test_line_ends_are_unix_also_from_a_clone_with_windows_settings(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> None:
    template, clone = copy_template(tmp_path / "template"), tmp_path / "clone"
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "x")):
        assert git(*command, cwd=template, env=environment).code == 0
    windows = ("-c", "core.autocrlf=true", "-c", "core.eol=crlf")
    git("clone", "-q", *windows, str(template), str(clone), cwd=tmp_path, env=environment)
    assert b"\r" in (clone / "pyproject.toml").read_bytes() or (clone / ".gitattributes").is_file()
    generated = generate(tmp_path, template=clone, server_check="skip")
    for path in files(generated.path):
        assert b"\r" not in path.read_bytes(), path


def test_nothing_of_the_template_is_left_in_it(generated: Generated) -> None:
    left = re.compile(r"cookiecutter|\{\{|\}\}|\{%|%\}|TODO|FIXME")
    for path in files(generated.path):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            ours = re.sub(r"\$\{\{ [^{}]+ \}\}", "", line)  # GitHub's own expressions
            assert not left.search(ours), f"{path}:{number}: {line}"


def test_file_names_are_legal_on_windows_and_paths_are_short(generated: Generated) -> None:
    for path in files(generated.path):
        relative = path.relative_to(generated.path).as_posix()
        assert not re.search(r'[<>:"|?*\\]|[. ]$', relative)
        assert len(relative) < 60, "Windows allows 260 characters with all that is above"


@pytest.mark.parametrize("name", TESTED)
def test_its_own_tests_pass(
    name: str, variant: Callable[[str], Generated], request: pytest.FixtureRequest
) -> None:
    installed = request.getfixturevalue(installed_for(VARIANTS[name]["flow_kind"]))
    with_server = name in WITH_SERVER
    marked = ("-m", "") if with_server else ()
    command = (installed.python, "-m", "pytest", "-q", *marked)
    result = run(*command, cwd=variant(name).path, env=installed.env)
    assert result.code == 0, result.output
    last = r"\d\d passed in" if with_server else r"\d\d passed, 1 deselected in"
    assert re.match(last, result.lines[-1]), result.output


def test_the_settings_of_its_servers_are_those_of_its_folder(installed: Project) -> None:
    """The temporary one's, and those of a `prefect server start` there."""
    asked = (
        "from prefect.settings import get_current_settings as current\n"
        "print(current().server.ephemeral.startup_timeout_seconds)\n"
        "print(current().server.events.expired_bucket_buffer)"
    )
    result = installed.run("-c", asked)
    assert result.lines[0] == "120", "Prefect's own 20 seconds were not enough on a busy machine"
    assert result.lines[1] == "1 day, 0:00:00", "Prefect's own minute forgets limits"


def test_its_linters_find_nothing(variant: Callable[[str], Generated], installed: Project) -> None:
    ruff = installed.python.with_name("ruff")
    projects = [variant(name).path for name in VARIANTS]
    for command in (("check",), ("format", "--check")):
        result = run(ruff, *command, *projects, cwd=installed.path, env=installed.env)
        assert result.code == 0, result.output


def test_a_strict_type_checker_finds_nothing_in_any_deploy_py(
    tmp_path: Path, variant: Callable[[str], Generated], installed: Project, mypy_cache: Path
) -> None:
    """With the types of the library in the wheel, and of Prefect's own call."""
    for name in VARIANTS:
        text = (variant(name).path / "deploy.py").read_text("utf-8")
        assert "type: ignore" not in text and "Any" not in text
        (tmp_path / f"{name.replace('-', '_')}.py").write_text(text, "utf-8")
    options = ("--strict", "--python-executable", installed.python, "--cache-dir", mypy_cache)
    config = ("--config-file", ROOT / "pyproject.toml")  # with another, the cache is of no use
    command = (TOOLS / "mypy", *options, *config, *tmp_path.glob("*.py"))
    result = run(*command, cwd=tmp_path, env=installed.env)
    assert result.lines == [f"Success: no issues found in {len(VARIANTS)} source files"]
