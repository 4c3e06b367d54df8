"""How long `deploy.py --check` and `deploy.py` take, beside `import prefect`, which they cannot do without.

All run in turn on one server, by the interpreter of a project's own environment.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from stopwatch import seconds

from harness import ROOT, SYSTEM_PATH, TOOLS, UV, Project, prefect_server, run, user_environment

ROUNDS = 11


def installed_project(folder: Path, env: dict[str, str]) -> Project:
    """Generate the default project, and install what its lock says."""
    env = env | {"PATH": f"{TOOLS}:{SYSTEM_PATH}"}
    for command, place in (
        ((TOOLS / "cookiecutter", "--no-input", ROOT, "server_check=skip"), folder),
        ((UV, "sync", "--frozen", "--quiet"), folder / "mi-flujo"),
    ):
        done = run(*command, cwd=place, env=env)
        assert done.code == 0, done.output
    path = folder / "mi-flujo"
    return Project(path, path / ".venv" / "bin" / "python", env)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = installed_project(folder, user_environment(folder / "home"))
        with prefect_server(project, folder) as server:
            server.make_pool("pool-dev")
            cases: dict[str, tuple[str | Path, ...]] = {
                "import prefect": (project.python, "-c", "import prefect"),
                "deploy.py --check": (project.python, "deploy.py", "--check"),
                "deploy.py": (project.python, "deploy.py"),
            }
            times: dict[str, list[float]] = {case: [] for case in cases}
            for _ in range(ROUNDS):
                for case, command in cases.items():
                    times[case].append(seconds(*command, cwd=project.path, env=server.env))
    medians = {case: statistics.median(values) for case, values in times.items()}
    for case, median in medians.items():
        print(
            f"{case:18} {median:6.3f} s   {median / medians['import prefect']:5.2f} x import prefect"
        )


if __name__ == "__main__":
    main()
