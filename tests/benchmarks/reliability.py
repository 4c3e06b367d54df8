"""What is lost while a team's server and machine are killed under load, on SQLite and on PostgreSQL.

python run.py bench reliability [--deployments N] [--only sqlite|postgresql] [--automations-alone]
                                [--folder F]

One core is kept busy meanwhile. Each deployment has runs that get stuck, late and lost, and healthy
ones; there are deploys in between, the server is killed twice and the worker once. Everything above
the line has to be 0. With --automations-alone: twelve stuck and lost runs without the rounds, with
PREFECT_SERVER_EVENTS_EXPIRED_BUCKET_BUFFER and without.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness import RECOMMENDED, ROOT, SYSTEM_PATH, TOOLS, UV, Project, run, user_environment
from postgres import postgres
from under_load.alone import play_alone
from under_load.scenario import Plan, Result, play
from under_load.service import BUFFER, busy_core

DATABASES = ("sqlite", "postgresql")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--deployments", type=int, default=6)
    parser.add_argument("--only", choices=DATABASES)
    parser.add_argument("--automations-alone", action="store_true")
    parser.add_argument("--folder", type=Path, help="an empty one, which stays")
    options = parser.parse_args(arguments)
    results: dict[str, Result] = {}
    with tempfile.TemporaryDirectory() as name, busy_core():
        folder = options.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        interpreter, env = install(folder)
        for database in [options.only] if options.only else DATABASES:
            for setting in ("P1D", "PT1M") if options.automations_alone else ("P1D",):
                title = f"{database} {setting}" if options.automations_alone else database
                print(title, file=sys.stderr, flush=True)
                place = folder / title.replace(" ", "-")
                projects = [generate(place, kind, interpreter, env) for kind in KINDS]
                with server_settings(database) as settings:
                    settings = {**RECOMMENDED, **settings, BUFFER: setting}
                    if options.automations_alone:
                        results[title] = play_alone(projects[0], place, **settings)
                    else:
                        plan = Plan(deployments=options.deployments)
                        results[title] = play(plan, projects[0], projects[1], place, **settings)
    show(results)
    failed = any(any(result.counts.values()) for result in results.values())
    return int(failed and not options.automations_alone)


KINDS = {"basic": "carga", "monitoring": "monitoreo"}


def install(folder: Path) -> tuple[Path, dict[str, str]]:
    """Install what a monitoring project needs; return its interpreter, and a user's environment."""
    env = user_environment(folder / "home")
    env["PATH"] = f"{TOOLS}{os.pathsep}{env['PATH']}"
    project = cookiecutter(folder / "installed", "monitoring", env)
    synced = run(UV, "sync", "--frozen", "--quiet", cwd=project, env=env)
    assert synced.code == 0, synced.output
    return project / ".venv" / "bin" / "python", env


def generate(folder: Path, kind: str, interpreter: Path, env: dict[str, str]) -> Project:
    path = os.pathsep.join([str(interpreter.parent), str(TOOLS), SYSTEM_PATH])
    return Project(cookiecutter(folder, kind, env), interpreter, env | {"PATH": path})


def cookiecutter(folder: Path, kind: str, env: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    answers = [f"project_slug={KINDS[kind]}", f"flow_kind={kind}", "server_check=skip"]
    command = [TOOLS / "cookiecutter", "--no-input", ROOT, "--output-dir", folder, *answers]
    done = run(*command, cwd=folder, env=env)
    assert done.code == 0, done.output
    return folder / KINDS[kind]


@contextmanager
def server_settings(database: str) -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        own = stack.enter_context(postgres()).settings if database == "postgresql" else {}
        yield own


def show(results: Mapping[str, Result]) -> None:
    """Print a table, and what is not as it should be."""
    first = next(iter(results.values()))
    width = max(map(len, [*first.counts, *first.facts]))
    print(f"{'':{width}}" + "".join(f"{name:>18}" for name in results))
    for rows in ("counts", "facts"):
        for name in getattr(first, rows):
            values = [getattr(result, rows).get(name, "") for result in results.values()]
            shown = [f"{v:.2f}" if isinstance(v, float) else str(v) for v in values]
            print(f"{name:{width}}" + "".join(f"{value:>18}" for value in shown))
        if rows == "counts":
            print("-" * (width + 18 * len(results)))
    for name, result in results.items():
        for detail in result.details:
            print(f"{name}: {detail}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
