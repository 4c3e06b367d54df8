"""How long a default generation takes, beside an empty template.

Both run in turn, so that a noisy machine is noisy for both. The empty template has one file and
one trivial hook; ours runs without uv and without a server, then once more with uv, to show what
locking the dependencies adds.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from stopwatch import seconds

from harness import ROOT, SYSTEM_PATH, TOOLS, user_environment

ROUNDS = 15


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
        times: dict[str, list[float]] = {"empty": [], "ours": [], "ours with uv": []}
        for _ in range(ROUNDS):
            times["empty"].append(generation(empty, folder, env))
            times["ours"].append(generation(ROOT, folder, env))
            times["ours with uv"].append(generation(ROOT, folder, with_uv))
    medians = {case: statistics.median(values) for case, values in times.items()}
    for case, median in medians.items():
        print(f"{case:13} {median:6.3f} s   {median / medians['empty']:5.2f} x empty")


if __name__ == "__main__":
    main()
