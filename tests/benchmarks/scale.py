"""How far a server and its workers carry: deployments, runs and lines, on SQLite and on PostgreSQL.

python run.py bench scale [--only sqlite|postgresql] [--part runs|lines|workers|talkative|deployments]

What is the server's part alone is played over its API; the runs of «workers» are real processes. All of
it is on this machine, so the clock tells of this machine, and the processor seconds of any. `load` is
the machine's when a measurement began: who else was at work.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from at_scale.meter import Tree
from at_scale.server_alone import POOL, Figures, with_deployments, with_lines, with_runs
from at_scale.workers import deploy, with_a_talkative_run, with_workers
from harness import RECOMMENDED, SYSTEM_PATH, TOOLS, Project, user_environment
from postgres import postgres
from under_load.service import Team, team

DATABASES = ("sqlite", "postgresql")
PARTS = (
    "runs",
    "lines",
    "workers",
    "talkative",
    "deployments",
)  # the last leaves the server with 2,000
STEPS = (0, 500, 2000)
RUNS = 300
RATES = (100, 500, 2000)
WORKERS = (1, 2, 4)
REAL_RUNS = 24
TALKATIVE = 20_000


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--only", choices=DATABASES)
    parser.add_argument("--part", choices=PARTS)
    options = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores")
    for database in [options.only] if options.only else DATABASES:
        with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
            folder = Path(name)
            settings, trees = dict(RECOMMENDED), {}
            if database == "postgresql":
                running = stack.enter_context(postgres())
                settings |= running.settings
                trees["database"] = Tree(running.pid)
            project = Project(folder, TOOLS / "python", user_environment(folder / "home"))
            env = {"PATH": f"{TOOLS}{os.pathsep}{SYSTEM_PATH}"}
            place = stack.enter_context(team(project, folder, POOL, env, **settings))
            place.start_server()
            place.server.make_pool(POOL)
            trees["server"] = Tree(place.of_server.pid)
            for part in [options.part] if options.part else PARTS:
                for figures in measure(part, place, trees):
                    show(f"{database}, {part}", figures)
    return 0


def measure(part: str, place: Team, trees: dict[str, Tree]) -> Iterator[Figures]:
    if part == "deployments":
        for before, after in zip(STEPS, STEPS[1:], strict=False):
            yield with_deployments(place, trees, before, after)
    elif part == "runs":
        yield with_runs(place, trees, RUNS)
    elif part == "lines":
        for rate in RATES:
            yield with_lines(place, trees, rate)
    elif part == "talkative":
        yield with_a_talkative_run(place, trees, deploy(place, place.folder), TALKATIVE)
    else:
        made = deploy(place, place.folder)
        for number in WORKERS:
            yield with_workers(place, trees, made, number, REAL_RUNS)


def show(title: str, figures: Figures) -> None:
    print(f"\n{title}")
    for name, value in figures.items():
        print(
            f"  {name:36}{value:12,.1f}" if isinstance(value, float) else f"  {name:36}{value:12,}"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
