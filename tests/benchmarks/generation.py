"""How long a default generation takes, beside an empty template.

All run in turn, so that a noisy machine is noisy for all. The empty template has one file and one
trivial hook. Ours runs without uv and without a server: in a repository that has the library's
wheel already, and as a repository of its own, where the wheel has to be made and committed; then
once more with uv, to show what locking the dependencies adds.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from stopwatch import seconds

from harness import ROOT, SYSTEM_PATH, TOOLS, git, user_environment

ROUNDS = 21


def empty_template(folder: Path) -> Path:
    """Write the least template that has a file and a hook."""
    project = folder / "empty" / "{{cookiecutter.project_slug}}"
    project.mkdir(parents=True)
    (project / "README.md").write_text("# {{ cookiecutter.project_slug }}\n", "utf-8")
    (folder / "empty" / "cookiecutter.json").write_text('{"project_slug": "empty"}', "utf-8")
    (folder / "empty" / "hooks").mkdir()
    (folder / "empty" / "hooks" / "post_gen_project.py").write_text("print('done')\n", "utf-8")
    return folder / "empty"


def generation(template: Path, folder: Path, env: dict[str, str]) -> float:
    """Generate once into a new folder; return how long it took."""
    target = Path(tempfile.mkdtemp(dir=folder))
    command = (TOOLS / "cookiecutter", "--no-input", template, "--output-dir", target)
    return seconds(*command, cwd=folder, env=env)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = user_environment(folder / "home")
        with_uv = env | {"PATH": f"{TOOLS}:{SYSTEM_PATH}"}
        empty = empty_template(folder)
        repository = folder / "repository"
        repository.mkdir()
        git("init", "--quiet", cwd=repository, env=env)
        generation(ROOT, repository, env)  # the first project puts the wheel there
        cases: dict[str, tuple[Path, Path, dict[str, str]]] = {
            "empty": (empty, folder, env),
            "ours, where the wheel is": (ROOT, repository, env),
            "ours, where it is made": (ROOT, folder, env),
            "the same with uv": (ROOT, folder, with_uv),
        }
        times: dict[str, list[float]] = {case: [] for case in cases}
        for _ in range(ROUNDS):
            for case, (template, target, variables) in cases.items():
                times[case].append(generation(template, target, variables))
    medians = {case: statistics.median(values) for case, values in times.items()}
    for case, median in medians.items():
        print(f"{case:24} {median:6.3f} s   {median / medians['empty']:5.2f} x empty")


if __name__ == "__main__":
    main()
