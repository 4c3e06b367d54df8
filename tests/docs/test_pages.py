"""The pages hold: what they name is there, their commands are understood, their snippets work."""

from __future__ import annotations

import ast
import configparser
import dataclasses
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

import electra_flow
from electra_flow import Deployment, Environment, Project
from electra_flow.command.docs import PAGES
from electra_flow.command.main import main
from electra_flow.deploying.options import read_options
from harness import ROOT

NAMES = sorted(path.stem for path in PAGES.glob("*.md"))
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
WINDOWS = re.compile(r"^(setx|py |\.venv\\|pip install .*\\)", re.M)


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text("utf-8")


def blocks(*kinds: str) -> list[Any]:
    """Return the code blocks of these kinds: page, text."""
    return [
        pytest.param(text, id=f"{name}-{number}")
        for name in NAMES
        for number, (kind, text) in enumerate(FENCE.findall(page(name)), 1)
        if kind in kinds
    ]


def is_arguments(text: str) -> bool:
    """Tell whether a block shows arguments of deploy.py, such as `secrets=["mi-secreto"],`."""
    return re.match(r"\w+=[^ =].*,\n\Z", text, re.S) is not None


def commands() -> Iterator[tuple[str, str]]:
    """Give each command of a page, in blocks and in lines of text."""
    for name in NAMES:
        text = page(name)
        inline = re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
        in_blocks = [line for _, block in FENCE.findall(text) for line in block.splitlines()]
        for command in (*inline, *in_blocks):
            yield name, command


# --- What they name ---------------------------------------------------------------------------------


def test_a_page_that_is_named_is_there() -> None:
    """In the pages, in what the library and the template say, and in what is generated."""
    sources = [*PAGES.parent.rglob("*.py"), *PAGES.glob("*.md"), *(ROOT / "hooks").glob("*.py")]
    sources += [path for path in TEMPLATE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    named = {
        (path.name, found)
        for path in sources
        for found in re.findall(r"electra-flow docs ([a-z]+(?:-[a-z]+)*)", path.read_text("utf-8"))
    }
    assert len({found for _, found in named}) > 5
    assert {(where, found) for where, found in named if found not in NAMES} == set()


def test_links_lead_to_a_site_or_a_page() -> None:
    for name in NAMES:
        for target in re.findall(r"\]\(([^)]*)\)", FENCE.sub("", page(name))):
            assert re.match(r"https://[\w.-]+\.\w+(/|$)", target) or target in NAMES, (name, target)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_one_page_with_one_title(name: str) -> None:
    text = page(name)
    assert re.match(r"# \S", text)
    prose = FENCE.sub("", text)
    assert len(re.findall(r"^# ", prose, re.M)) == 1
    assert "```" not in prose, "each block is closed"
    assert not re.search(r"TODO|FIXME|cookiecutter", prose)


# --- Commands ---------------------------------------------------------------------------------------


def test_the_options_of_deploy_py_are_there() -> None:
    found = 0
    for name, command in commands():
        words = re.match(r"(?:uv run |python )deploy\.py(.*)", command.partition("#")[0])
        if words:
            arguments = [word.strip("…") or "x" for word in shlex.split(words[1])]
            read_options(arguments, ["dev", "prod"], f"{name}: {command}")
            found += 1
    assert found > 10


def test_the_verbs_of_electra_flow_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    verbs = set(re.findall(r"^ {4}([a-z]+)(?: |$)", capsys.readouterr().out, re.M))
    found = {
        words[1]
        for _, command in commands()
        if (words := re.match(r"(?:uv run )?electra-flow ([a-z]+)", command))
    }
    assert {"check", "docs"} <= found <= verbs


def test_the_python_of_a_command_compiles() -> None:
    found = {
        compile(code, command, "exec")
        for _, command in commands()
        for code in re.findall(r'python -c "(.*)"$', command)
    }
    assert len(found) >= 3


@pytest.mark.parametrize("text", blocks(""))
def test_a_block_of_commands_is_one_for_a_shell(text: str) -> None:
    if is_arguments(text) or WINDOWS.search(text) or re.search(r"[├└]|^\d", text, re.M):
        return
    text = re.sub(r"<[^>]+>", "RUTA", text).replace("…", "VALOR")
    done = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    known = ("uv", "git", "pip", "python", "python3", "source", "mkdir", "mv", "sudo", "echo")
    known += ("pg_dump", "pg_restore")
    programs = {line.split()[0].rpartition("/")[2] for line in text.splitlines()}
    assert programs <= {*known, "prefect"}, text


# --- Snippets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", blocks("python"))
def test_a_snippet_of_python_runs(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a page shows of a deploy.py has its imports, and the report's parameters, around it."""
    monkeypatch.chdir(tmp_path)
    given = {name: getattr(electra_flow, name) for name in electra_flow.__all__}
    given |= {"__file__": str(tmp_path / "deploy.py"), "timedelta": timedelta, "mail": {}}
    exec(compile(text, "snippet", "exec"), given)


@pytest.mark.parametrize("text", [each for each in blocks("") if is_arguments(*each.values)])
def test_arguments_of_deploy_py_are_some_that_it_has(text: str, tmp_path: Path) -> None:
    call = ast.parse(f"f({text})", mode="eval").body
    assert isinstance(call, ast.Call)
    given = {name: getattr(electra_flow, name) for name in electra_flow.__all__}
    given |= {"__file__": str(tmp_path), "timedelta": timedelta}
    for argument in call.keywords:
        value = eval(ast.unparse(argument.value), given)
        owners = [
            owner
            for owner in (Project, Environment, Deployment)
            if argument.arg in {field.name for field in dataclasses.fields(owner)}
        ]
        assert owners, argument.arg
        for owner in owners:
            build(owner, tmp_path, {str(argument.arg): value})


def build(owner: type, folder: Path, more: dict[str, Any]) -> None:
    """Make a declaration as short as can be, with something more in it."""
    environment: dict[str, Any] = {"pool": "p", "source": electra_flow.LocalFolder(folder)}
    own: dict[type, dict[str, Any]] = {
        Environment: environment,
        Project: {"timezone": "America/Lima", "environments": {"dev": Environment(**environment)}},
        Deployment: {"entrypoint": "src/a.py:a", "name": "a", "description": "a", "tags": ["a"]},
    }
    owner(**own[owner] | more)


@pytest.mark.parametrize("text", blocks("toml", "yaml", "ini"))
def test_a_snippet_of_settings_can_be_read(text: str) -> None:
    if text.startswith("["):
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        for read in (tomllib.loads, parser.read_string):
            try:
                read(text)
                return
            except (tomllib.TOMLDecodeError, configparser.Error):
                continue
        pytest.fail(text)
    assert isinstance(yaml.safe_load(text), dict)
