"""How long the checker of a project's conventions takes, for one file and for 200.

Beside the start of Python, which everything in Python has to pay, and `ruff check`. The 200 files
are the sample flows, ten times. All run in turn, so that a noisy machine is noisy for all.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from stopwatch import seconds

from harness import ROOT, TOOLS, run, user_environment

ROUNDS = 15
SAMPLES = sorted((ROOT / "tests" / "samples").glob("*.py"))


def project(folder: Path, env: dict[str, str], copies: int) -> Path:
    """Generate a project, with each of the sample flows so many times."""
    folder.mkdir()
    command = (TOOLS / "cookiecutter", "--no-input", ROOT, "server_check=skip")
    assert run(*command, cwd=folder, env=env).code == 0
    for sample in SAMPLES:
        for number in range(copies):
            shutil.copy(sample, folder / "mi-flujo" / "src" / f"{sample.stem}_{number}.py")
    return folder / "mi-flujo"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = user_environment(folder / "home")
        one, many = project(folder / "one", env, 0), project(folder / "many", env, 10)
        python, ruff = sys.executable, TOOLS / "ruff"
        cases = {
            "python": (one, python, "-c", "pass"),
            "ruff, new project": (one, ruff, "check", "--no-cache"),
            "ours, new project": (one, TOOLS / "electra-flow", "check"),
            "ruff, 200 files": (many, ruff, "check", "--no-cache"),
            "ours, 200 files": (many, TOOLS / "electra-flow", "check"),
        }
        times: dict[str, list[float]] = {case: [] for case in cases}
        for _ in range(ROUNDS):
            for case, (place, *command) in cases.items():
                times[case].append(seconds(*command, cwd=place, env=env))
    medians = {case: statistics.median(values) for case, values in times.items()}
    for case, median in medians.items():
        print(f"{case:18} {median:6.3f} s   {median / medians['python']:5.1f} x python")


if __name__ == "__main__":
    main()
