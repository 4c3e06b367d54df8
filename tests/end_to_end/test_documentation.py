"""What the READMEs promise to whoever has a clone; what they say is in docs/test_front_page.py."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from harness import ROOT, SYSTEM_PATH, git, run


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
        text = (ROOT / name).read_text("utf-8", "replace")  # a picture is no text
        if ROOT / name != Path(__file__):
            assert not forbidden.search(text), name
        assert not re.search(r'[<>:"|?*\\]', name), "a name that Windows refuses"
    assert "uv.lock" not in tracked


@pytest.mark.real
def test_the_demo_command_works_with_an_empty_environment(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """A fresh clone, with nothing but Python and Git."""
    clone = tmp_path / "clone"
    env = {"PATH": SYSTEM_PATH, "HOME": str(tmp_path)}
    env["UV_CACHE_DIR"] = environment["UV_CACHE_DIR"]  # what was downloaded before, is
    git("clone", "-q", str(ROOT), str(clone), cwd=tmp_path, env=env)
    python = Path(sys.base_prefix, "bin", "python3")
    result = run(python, "run.py", "demo", cwd=clone, env=env, timeout=600)
    assert result.code == 0, result.output
    assert "¡Hola, mundo!" in result.output and "Completed()" in result.output
    project = clone / "demo" / "mi-flujo"
    assert (project / ".git").is_dir(), "a repository of its own, as a user's"
    assert list((project / "vendor").glob("*.whl")), "the library of this working tree"
