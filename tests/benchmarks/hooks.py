"""What the hooks of a generated project cost, with pre-commit and prek.

One edited file of a new project; and of one with 200 flows, one and all of them, since the
conventions read the whole project each time.

Beside them, in the same round, an empty configuration: what starting pre-commit costs by itself.
Nothing is to be corrected, as with most commits.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from stopwatch import seconds

from harness import ROOT, SYSTEM_PATH, TOOLS, git, run, user_environment

ROUNDS = 9
FILES = 200
EMPTY = "repos: []\n"


def project(folder: Path, env: dict[str, str], flows: int) -> Path:
    """Generate a project with its environment, and more flows in it."""
    folder.mkdir()
    generated = run(TOOLS / "cookiecutter", "--no-input", ROOT, cwd=folder, env=env)
    assert generated.code == 0, generated.output
    path = folder / "mi-flujo"
    synced = run("uv", "sync", "--frozen", "--quiet", cwd=path, env=env)
    assert synced.code == 0, synced.output
    flow = (path / "src" / "mi_flujo.py").read_text("utf-8")
    for number in range(flows):
        (path / "src" / f"flujo_{number}.py").write_text(flow, "utf-8")
    (folder / "empty.yaml").write_text(EMPTY, "utf-8")
    git("add", "--all", cwd=path, env=env)
    return path


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = user_environment(folder / "home") | {"PATH": f"{TOOLS}:{SYSTEM_PATH}"}
        new, large = project(folder / "new", env, 0), project(folder / "large", env, FILES)
        one = ("run", "--files", "src/mi_flujo.py")
        many = ("run", "--files", *(f"src/flujo_{number}.py" for number in range(FILES)))
        pre_commit = new / ".venv" / "bin" / "pre-commit"
        prek = TOOLS / "prek"
        empty = ("--config", folder / "new" / "empty.yaml")
        cases = {
            "pre-commit, no hooks": (new, pre_commit, *one, *empty),
            "pre-commit, 1 file": (new, pre_commit, *one),
            "prek, 1 file": (new, prek, *one),
            f"pre-commit, 1 of {FILES}": (large, pre_commit, *one),
            f"prek, 1 of {FILES}": (large, prek, *one),
            f"pre-commit, {FILES} files": (large, pre_commit, *many),
            f"prek, {FILES} files": (large, prek, *many),
        }
        times: dict[str, list[float]] = {case: [] for case in cases}
        for _ in range(ROUNDS):
            for case, (path, *command) in cases.items():
                times[case].append(seconds(*command, cwd=path, env=env))
    medians = {case: statistics.median(values) for case, values in times.items()}
    start = medians["pre-commit, no hooks"]
    for case, median in medians.items():
        print(f"{case:22} {median:6.3f} s   {median / start:5.2f} x pre-commit without hooks")


if __name__ == "__main__":
    main()
