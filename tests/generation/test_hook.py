"""What happens when a project is generated: the repository, the lock, and what may be missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from harness import ROOT, SYSTEM_PATH, TOOLS, UV, copy_template, git, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Generated, Project

NO_SERVER = "No se revisaron pools ni secretos: no hay un servidor configurado (PREFECT_API_URL)."
NO_UV = (
    "No está uv (https://docs.astral.sh/uv/): instalalo; si no podés, README.md dice cómo seguir "
    "sin uv."
)


def test_it_needs_no_uv_no_server_and_no_network(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    generated = generate(tmp_path)
    assert generated.code == 0
    assert generated.lines == [
        NO_SERVER,
        NO_UV,
        "Listo. Para verlo correr:",
        "  cd mi-flujo",
        "  uv run electra-flow dev",
    ]
    assert not (generated.path / "uv.lock").exists()


@pytest.mark.parametrize(
    ("answers", "page"),
    [
        ({}, None),
        ({"secrets": "token-api"}, "secretos"),
        ({"prefect_logger": "consulterscommons"}, "logs"),
        ({"source": "github"}, "token"),
        ({"flow_kind": "monitoring"}, "informe"),
    ],
)
def test_it_names_the_page_of_what_has_to_be_done_first(
    tmp_path: Path, generate: Callable[..., Generated], answers: dict[str, str], page: str | None
) -> None:
    generated = generate(tmp_path, server_check="skip", **answers)
    told = re.findall(r": antes de .* \(uv run electra-flow docs (.*)\)\.", generated.output)
    assert told == ([page] if page else [])
    assert all((ROOT / "src/electra_flow/docs" / f"{name}.md").is_file() for name in told)


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


def test_a_uv_that_hangs_is_given_up(tmp_path: Path, generate: Callable[..., Generated]) -> None:
    """In a copy of the template whose patience is a second instead of a minute."""
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "uv").write_text("#!/bin/sh\nexec sleep 60\n", "utf-8")
    (fake / "uv").chmod(0o755)
    copy = copy_template(tmp_path / "template")
    module = copy / "src" / "electra_flow" / "generation" / "processes.py"
    text = module.read_text("utf-8")
    assert "LOCK_TIMEOUT = 60" in text
    module.write_text(text.replace("LOCK_TIMEOUT = 60", "LOCK_TIMEOUT = 1"), "utf-8")
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
    assert generated.lines[:2] == [NO_UV, "Listo. Para verlo correr:"]


@pytest.mark.real
def test_with_uv_the_first_commit_holds_the_lock(installed: Project) -> None:
    tracked = git("ls-files", cwd=installed.path, env=installed.env).lines
    assert "uv.lock" in tracked
    lock = run(UV, "lock", "--check", cwd=installed.path, env=installed.env)
    assert lock.code == 0, lock.output


def test_what_uv_is_told_elsewhere_does_not_change_what_is_locked(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    """UV_FROZEN would lock nothing, and UV_PROJECT another project."""
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "uv").write_text(f"#!/bin/sh\nenv > {tmp_path}/env\npwd > {tmp_path}/folder\n", "utf-8")
    (fake / "uv").chmod(0o755)
    env = {"PATH": f"{fake}:{SYSTEM_PATH}", "UV_FROZEN": "1", "UV_PROJECT": "/", "GIT_DIR": "/x"}
    generated = generate(tmp_path, env=env)
    assert generated.code == 0
    told = (tmp_path / "env").read_text("utf-8")
    assert not re.search(r"^(UV_FROZEN|UV_PROJECT|GIT_DIR)=", told, re.M)
    assert (tmp_path / "folder").read_text("utf-8").strip() == str(generated.path)


def test_it_runs_on_a_python_that_has_nothing_but_cookiecutter(
    tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    """A library that is installed, or stands in the folder of temporary files, is not imported."""
    (tmp_path / "other" / "electra_flow").mkdir(parents=True)
    (tmp_path / "other" / "electra_flow" / "__init__.py").write_text("raise SystemExit(9)", "utf-8")
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / "json.py").write_text("raise SystemExit(9)", "utf-8")
    env = {"PYTHONPATH": str(tmp_path / "other"), "TMPDIR": str(tmp_path / "tmp")}
    generated = generate(tmp_path, env=env)
    assert generated.code == 0, generated.output
