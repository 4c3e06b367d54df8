"""What happens when a project is generated: the repository, the lock, and what may be missing."""

from __future__ import annotations

import ntpath
import re
import shlex
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from harness import ROOT, SYSTEM_PATH, TOOLS, UV, git, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Generated, Project

NO_SERVER = "No se revisaron pools ni secretos: no hay un servidor configurado (PREFECT_API_URL)."
NO_UV = "No está uv (https://docs.astral.sh/uv/): instalalo, o seguí «Sin uv» en README.md."


def test_it_needs_no_uv_no_server_and_no_network(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    generated = generate(tmp_path)
    assert generated.code == 0
    assert generated.lines == [
        NO_SERVER,
        NO_UV,
        "Listo. Para correr el flujo:",
        "  cd mi-flujo",
        "  uv run src/mi_flujo.py",
    ]
    assert not (generated.path / "uv.lock").exists()


@pytest.mark.parametrize(
    ("answers", "sections"),
    [
        ({}, []),
        ({"secrets": "token-api"}, ["Secretos"]),
        ({"prefect_logger": "consulterscommons"}, ["Logs"]),
        ({"source": "github"}, ["Token"]),
        ({"flow_kind": "monitoring"}, ["El informe"]),
    ],
)
def test_it_names_the_section_of_what_has_to_be_done_first(
    tmp_path: Path,
    generate: Callable[..., Generated],
    answers: dict[str, str],
    sections: list[str],
) -> None:
    generated = generate(tmp_path, server_check="skip", **answers)
    told = re.findall(r": antes de .*«(.*)», en README\.md\.", generated.output)
    assert told == sections
    readme = (generated.path / "README.md").read_text("utf-8")
    assert all(f"\n## {section}\n" in readme for section in sections)


def test_the_project_is_a_git_repository_with_everything_committed(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> None:
    path = generate(tmp_path).path
    assert git("log", "--format=%an: %s", cwd=path, env=environment).lines == [
        "Ana: Proyecto generado"
    ]
    assert git("status", "--porcelain", cwd=path, env=environment).output == ""
    assert git("branch", "--show-current", cwd=path, env=environment).lines == ["main"]


def test_inside_a_repository_it_makes_none(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> None:
    git("init", "-q", cwd=tmp_path, env=environment)
    folder = tmp_path / "dev"
    folder.mkdir()
    generated = generate(folder)
    assert generated.code == 0
    assert not (generated.path / ".git").exists()


def test_in_a_monorepo_on_windows_the_place_is_written_with_slashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, generate: Callable[..., Generated]
) -> None:
    """The hook's own function, with the paths of Windows."""
    path = generate(tmp_path).path
    monkeypatch.chdir(path)
    source = (ROOT / "hooks" / "post_gen_project.py").read_text("utf-8")
    hook: dict[str, Any] = {"__name__": "hook"}
    exec(re.sub(r"^(\w+) = .*\{\{.*$", r"\1 = None", source, flags=re.M), hook)
    hook["os"] = SimpleNamespace(path=ntpath, sep="\\")
    hook["PROJECT"] = r"C:\repo\Flujos de Ana\mi-flujo"
    hook["point_conventions_at_project"](r"C:\repo")
    config = yaml.safe_load((path / ".pre-commit-config.yaml").read_text("utf-8"))
    assert re.match(config["files"], "Flujos de Ana/mi-flujo/deploy.py")
    for command in (shlex.split(hook["entry"]) for hook in config["repos"][0]["hooks"]):
        if command[0] == "uv":
            assert "Flujos de Ana/mi-flujo" in command
    workflow = yaml.safe_load((path / ".github" / "workflows" / "mi-flujo.yml").read_text("utf-8"))
    assert workflow["defaults"]["run"]["working-directory"] == "Flujos de Ana/mi-flujo"


def test_over_a_project_that_is_a_repository_it_commits_nothing(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> None:
    path = generate(tmp_path).path
    (path / "sin-commitear.txt").write_text("mío", "utf-8")
    command = (TOOLS / "cookiecutter", "--no-input", "--overwrite-if-exists", ROOT)
    again = run(*command, "--output-dir", tmp_path, cwd=tmp_path, env=environment)
    assert again.code == 0, again.output
    assert len(git("log", "--format=%s", cwd=path, env=environment).lines) == 1
    assert git("status", "--short", cwd=path, env=environment).lines == ["?? sin-commitear.txt"]


def test_without_a_git_user_the_commit_is_left_to_them(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    (tmp_path / "empty").mkdir()
    generated = generate(tmp_path, env={"HOME": str(tmp_path / "empty")})
    assert generated.code == 0
    assert "Sin primer commit" in generated.output
    assert (generated.path / "deploy.py").is_file()


def test_without_git_there_is_just_no_repository(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    generated = generate(tmp_path, env={"PATH": str(tmp_path)})
    assert generated.code == 0
    assert not (generated.path / ".git").exists()


def test_hooks_and_signatures_of_the_user_do_not_stop_the_commit(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n", "utf-8")
    (hooks / "pre-commit").chmod(0o755)
    config = tmp_path / ".gitconfig"
    config.write_text(
        f"[user]\nname = Ana\nemail = a@example.com\n[core]\nhooksPath = {hooks}\n"
        "[commit]\ngpgSign = true\n",
        "utf-8",
    )
    generated = generate(tmp_path, env={"HOME": str(tmp_path)})
    assert git("log", "--format=%s", cwd=generated.path, env=environment).lines == [
        "Proyecto generado"
    ]


def test_a_uv_that_fails_costs_a_line_and_not_the_project(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "uv").write_text("#!/bin/sh\nexit 2\n", "utf-8")
    (fake / "uv").chmod(0o755)
    generated = generate(tmp_path, env={"PATH": f"{fake}:{SYSTEM_PATH}"})
    assert generated.code == 0
    assert "uv no pudo fijar las dependencias" in generated.output
    assert (generated.path / ".git").is_dir()


def test_a_uv_that_hangs_is_given_up(
    tmp_path: Path, generate: Callable[..., Generated], environment: dict[str, str]
) -> None:
    """In a copy of the template whose patience is a second instead of a minute."""
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "uv").write_text("#!/bin/sh\nexec sleep 60\n", "utf-8")
    (fake / "uv").chmod(0o755)
    copy = tmp_path / "template"
    git("clone", "-q", str(ROOT), str(copy), cwd=tmp_path, env=environment)
    hook = copy / "hooks" / "post_gen_project.py"
    text = hook.read_text("utf-8")
    assert "LOCK_TIMEOUT = 60" in text
    hook.write_text(text.replace("LOCK_TIMEOUT = 60", "LOCK_TIMEOUT = 1"), "utf-8")
    generated = generate(tmp_path, template=copy, env={"PATH": f"{fake}:{SYSTEM_PATH}"})
    assert generated.code == 0
    assert "uv no pudo fijar las dependencias" in generated.output


def test_a_strict_check_without_a_server_generates_nothing(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    generated = generate(tmp_path, server_check="strict")
    assert generated.code != 0
    assert NO_SERVER in generated.lines
    assert "Traceback" not in generated.output
    assert not generated.path.exists()


def test_a_check_that_is_skipped_says_nothing(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    env = {"PREFECT_API_URL": "http://127.0.0.1:9/api"}
    generated = generate(tmp_path, server_check="skip", env=env)
    assert generated.code == 0
    assert generated.lines[:2] == [NO_UV, "Listo. Para correr el flujo:"]


@pytest.mark.real
def test_with_uv_the_first_commit_holds_the_lock(installed: Project) -> None:
    tracked = git("ls-files", cwd=installed.path, env=installed.env).lines
    assert "uv.lock" in tracked
    lock = run(UV, "lock", "--check", cwd=installed.path, env=installed.env)
    assert lock.code == 0, lock.output


@pytest.mark.real
def test_cruft_creates_a_project_without_a_repository_of_its_own_and_updates_it(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """cruft renders into temporary folders; a repository there makes its updates apply nothing."""
    template = tmp_path / "template"
    git("clone", "-q", str(ROOT), str(template), cwd=tmp_path, env=environment)
    cruft = TOOLS / "cruft"
    created = run(cruft, "create", template, "--no-input", cwd=tmp_path, env=environment)
    assert created.code == 0, created.output
    path = tmp_path / "mi-flujo"
    assert not (path / ".git").exists()
    git("init", "-q", cwd=path, env=environment)
    git("add", "-A", cwd=path, env=environment)
    git("commit", "-qm", "uno", cwd=path, env=environment)

    readme = template / "{{cookiecutter.project_slug}}" / "README.md"
    readme.write_text(readme.read_text("utf-8") + "\nUna línea nueva.\n", "utf-8")
    git("commit", "-qam", "dos", cwd=template, env=environment)
    updated = run(cruft, "update", "--skip-apply-ask", cwd=path, env=environment)
    assert updated.code == 0, updated.output
    assert "Una línea nueva." in (path / "README.md").read_text("utf-8")
