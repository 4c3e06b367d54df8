"""What the READMEs promise: the same commands in both languages, and a real tree.

What the pages of `electra-flow docs` promise is in docs/test_pages.py.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import ROOT, SYSTEM_PATH, git, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Generated


def blocks(readme: str) -> list[tuple[str, str]]:
    """Return the code blocks of a README: language and text."""
    return re.findall(r"^```(\w*)\n(.*?)^```", (ROOT / readme).read_text("utf-8"), re.M | re.S)


def test_both_readmes_have_the_same_commands_code_and_transcript() -> None:
    def comparable(readme: str) -> list[tuple[str, str]]:
        return [(kind, text) for kind, text in blocks(readme) if "├──" not in text]

    assert comparable("README.md") == comparable("README.es.md")
    assert ("", "python3 run.py demo\n") in blocks("README.md")
    assert ("", "python3 run.py tests\n") in blocks("README.md")


@pytest.mark.parametrize("readme", ["README.md", "README.es.md"])
def test_the_tree_names_each_file_of_a_project(
    readme: str, tmp_path: Path, generate: Callable[..., Generated]
) -> None:
    (tree,) = (text for _, text in blocks(readme) if "├──" in text)
    named = {name for name in re.findall(r"── ([\w./-]+)", tree) if not name.endswith("/")}
    project = generate(tmp_path, server_check="skip").path
    tracked = git("ls-files", cwd=project, env={"PATH": SYSTEM_PATH}).lines
    unsaid = {".editorconfig", ".gitattributes", ".gitignore"}
    names = {path.rpartition("/")[2] for path in tracked if not path.startswith("vendor/")}
    assert {name for name in named if not name.startswith("electra_flow")} == names - unsaid
    assert "vendor/" in tree


def test_both_readmes_describe_every_question() -> None:
    questions = set(
        re.findall(r'^  "(\w+)":', (ROOT / "cookiecutter.json").read_text("utf-8"), re.M)
    )
    questions = {question for question in questions if not question.startswith("_")}
    for readme in ("README.md", "README.es.md"):
        text = (ROOT / readme).read_text("utf-8")
        assert {question for question in questions if f"`{question}`" not in text} == set()


def test_nothing_names_a_machine_a_registry_or_a_private_address() -> None:
    new = ("--cached", "--others", "--exclude-standard")  # also what is not in a commit yet
    listed = git(
        "-c", "core.quotePath=false", "ls-files", *new, cwd=ROOT, env={"PATH": SYSTEM_PATH}
    )
    tracked = [name for name in listed.lines if (ROOT / name).is_file()]
    forbidden = re.compile(
        r"192\.168\.|(?<![\w.-])/(work|root|home/\w+)/|files\.pythonhosted|pypi\.org/simple"
    )
    for name in tracked:
        text = (ROOT / name).read_text("utf-8")
        if ROOT / name != Path(__file__):
            assert not forbidden.search(text), name
        assert not re.search(r'[<>:"|?*\\]', name), "a name that Windows refuses"
    assert "uv.lock" not in tracked


@pytest.mark.real
def test_the_demo_command_works_with_an_empty_environment(tmp_path: Path) -> None:
    """A fresh clone, with nothing but Python and Git."""
    clone = tmp_path / "clone"
    env = {"PATH": SYSTEM_PATH, "HOME": str(tmp_path)}
    git("clone", "-q", str(ROOT), str(clone), cwd=tmp_path, env=env)
    python = Path(sys.base_prefix, "bin", "python3")
    result = run(python, "run.py", "demo", cwd=clone, env=env, timeout=600)
    assert result.code == 0, result.output
    assert "¡Hola, mundo!" in result.output and "Completed()" in result.output
    project = clone / "demo" / "mi-flujo"
    assert (project / ".git").is_dir(), "a repository of its own, as a user's"
    assert list((project / "vendor").glob("*.whl")), "the library of this working tree"
