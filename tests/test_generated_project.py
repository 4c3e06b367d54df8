"""What a generated project looks like: its files, their form, and its own tests and linters."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from cookiecutter.environment import StrictEnvironment
from jinja2 import Environment

from harness import ROOT, git, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Generated, Project

FILES = """
.editorconfig
.gitattributes
.github/workflows/mi-flujo.yml
.gitignore
.pre-commit-config.yaml
MAQUINA.md
README.md
conventions/__init__.py
conventions/__main__.py
conventions/check.py
conventions/environment.py
conventions/exemptions.py
conventions/findings.py
conventions/project.py
conventions/rules/__init__.py
conventions/rules/block_names.py
conventions/rules/credentials.py
conventions/rules/dates.py
conventions/rules/deploying.py
conventions/rules/environments.py
conventions/rules/github.py
conventions/rules/loading.py
conventions/rules/logs.py
conventions/rules/of_ruff.py
conventions/rules/prefect_yaml.py
conventions/rules/schedules.py
conventions/rules/tasks.py
conventions/runs.py
conventions/scopes.py
conventions/values.py
conventions/vocabulary.py
deploy.py
deployment/__init__.py
deployment/automations.py
deployment/cli.py
deployment/dates.py
deployment/import_flow.py
{source}
deployment/local_check.py
deployment/machine_check.py
deployment/model.py
deployment/publish.py
deployment/runs_at.py
deployment/server_check.py
deployment/timezones.py
prefect.toml
pyproject.toml
src/mi_flujo.py
src/prefect_logger.py
src/run_info.py
tests/conftest.py
tests/test_conventions.py
tests/test_deploy.py
tests/test_flow.py
tests/test_prefect_logger.py
tests/test_run_info.py
"""

PARSERS: dict[str, Callable[[str], object]] = {
    ".py": ast.parse,
    ".toml": tomllib.loads,
    ".yaml": yaml.safe_load,
    ".yml": yaml.safe_load,
    ".json": json.loads,
}


SOURCES = {
    "local": "deployment/local_folder.py",
    "github": "deployment/fetch_code.py deployment/git_source.py",
}
LOGGERS = {
    "bundled": {"src/prefect_logger.py", "tests/test_prefect_logger.py"},
    "consulterscommons": {"logging.yml", "tests/consulterscommons.py"},
}
# The kinds of flow, and the files that only this kind has.
KINDS = {
    "basic": "",
    "subflows": "",
    "monitoring": """
src/report_data.py
src/report_html.py
src/report_mail.py
src/report_period.py
src/report_text.py
src/run_reader.py
tests/test_report_data.py
tests/test_report_deployments.py
tests/test_report_mail.py
tests/test_report_period.py
tests/test_run_reader.py
""",
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


@pytest.fixture(scope="module", params=VARIANTS)
def generated(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    generate: Callable[..., Generated],
) -> Generated:
    return generate(tmp_path_factory.mktemp("generated"), **VARIANTS[request.param])


@pytest.fixture
def environment_of(generated: Generated, request: pytest.FixtureRequest) -> Project:
    """The installed project whose environment is the one of `generated`."""
    kind = VARIANTS[request.node.callspec.params["generated"]]["flow_kind"]
    return request.getfixturevalue("installed_monitoring" if kind == "monitoring" else "installed")


def file_names(source: str, flow_kind: str = "basic", logger: str = "bundled") -> list[str]:
    """Return the files of a project, by its `source`, `flow_kind` and `prefect_logger`."""
    of_all = set((FILES.format(source=SOURCES[source]) + KINDS[flow_kind]).split())
    return sorted(of_all - LOGGERS["bundled"] | LOGGERS[logger])


def files(project: Path) -> list[Path]:
    return sorted(
        path for path in project.rglob("*") if path.is_file() and ".git" not in path.parts
    )


def test_it_holds_exactly_these_files(generated: Generated, request: Any) -> None:
    answers = VARIANTS[request.node.callspec.params["generated"]]
    found = [path.relative_to(generated.path).as_posix() for path in files(generated.path)]
    assert found == file_names(answers["source"], answers["flow_kind"], answers["prefect_logger"])


def test_every_file_parses_and_has_unix_line_ends(generated: Generated) -> None:
    for path in files(generated.path):
        content = path.read_bytes()
        assert content and b"\r" not in content, path
        assert content.endswith(b"\n"), path
        PARSERS.get(path.suffix, str)(content.decode("utf-8"))


def test_line_ends_are_unix_also_from_a_clone_with_windows_settings(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> None:
    clone = tmp_path / "clone"
    windows = ("-c", "core.autocrlf=true", "-c", "core.eol=crlf")
    git("clone", "-q", *windows, str(ROOT), str(clone), cwd=tmp_path, env=environment)
    for path in files(generate(tmp_path, template=clone).path):
        assert b"\r" not in path.read_bytes(), path


def test_nothing_of_the_template_is_left_in_it(generated: Generated) -> None:
    left = re.compile(r"cookiecutter|\{\{|\}\}|\{%|%\}|TODO|FIXME")
    for path in files(generated.path):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            # A doubled brace is how an f-string writes one, and GitHub its expressions.
            ours = re.sub(r"\\d\{\{4\}\}|\$\{\{ [^{}]+ \}\}", "", line)
            assert not left.search(ours), f"{path}:{number}: {line}"


@pytest.mark.parametrize("secrets", ["", "token-api, clave-sql"])
@pytest.mark.parametrize("logger", LOGGERS)
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_choice_made_before_jinja_is_the_one_jinja_would_make(
    kind: str, source: str, logger: str, secrets: str
) -> None:
    answers = json.loads((ROOT / "cookiecutter.json").read_text("utf-8"))
    answers |= {"project_name": "Mi flujo", "project_slug": "mi-flujo", "__module": "mi_flujo"}
    answers |= {"flow_kind": kind, "source": source, "prefect_logger": logger, "secrets": secrets}
    context = {"cookiecutter": answers}
    environment = StrictEnvironment(context=context, keep_trailing_newline=True)
    folder = "{{cookiecutter.project_slug}}"
    texts = {path.name: path.read_text("utf-8") for path in files(ROOT / folder)}

    def rendered() -> dict[str, str]:
        return {
            name: Environment.from_string(environment, text).render(context)
            for name, text in texts.items()
            if "{{ cookiecutter." in text or "{% if cookiecutter." in text
        }

    by_jinja = rendered()  # nothing is chosen before the folder has its name
    assert environment.from_string(folder).render(**context) == "mi-flujo"
    assert rendered() == by_jinja


def test_file_names_are_legal_on_windows_and_paths_are_short(generated: Generated) -> None:
    for path in files(generated.path):
        relative = path.relative_to(generated.path).as_posix()
        assert not re.search(r'[<>:"|?*\\]|[. ]$', relative)
        assert len(relative) < 60, "Windows allows 260 characters with all that is above"


@pytest.mark.real
def test_its_own_tests_pass(generated: Generated, environment_of: Project) -> None:
    command = (environment_of.python, "-m", "pytest", "-q")
    result = run(*command, cwd=generated.path, env=environment_of.env)
    assert result.code == 0, result.output
    assert re.search(r"\d\d passed, 1 deselected", result.output), "all but the integration test"


@pytest.mark.real
def test_its_integration_tests_pass(generated: Generated, environment_of: Project) -> None:
    command = (environment_of.python, "-m", "pytest", "-q", "-m", "integration")
    result = run(*command, cwd=generated.path, env=environment_of.env)
    assert result.code == 0 and "1 passed" in result.output, result.output


@pytest.mark.real
def test_prefect_s_temporary_server_may_take_its_time(installed: Project) -> None:
    asked = (
        "from prefect.settings import get_current_settings as current\n"
        "print(current().server.ephemeral.startup_timeout_seconds)"
    )
    result = run(installed.python, "-c", asked, cwd=installed.path, env=installed.env)
    assert result.lines == ["120"], "Prefect's own 20 seconds were not enough on a busy machine"


@pytest.mark.real
def test_its_linters_find_nothing(generated: Generated, installed: Project) -> None:
    ruff = installed.python.with_name("ruff")
    for command in (("check",), ("format", "--check")):
        result = run(ruff, *command, cwd=generated.path, env=installed.env)
        assert result.code == 0, result.output
