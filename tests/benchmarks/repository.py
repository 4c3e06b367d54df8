"""How long `electra-flow deploy` takes for many projects of one repository, and how that grows.

Beside `import prefect` in each of them, one after the other, half of them before and half after the
first check, on the same machine. Each project has an environment of its own, whose files are those of
the first one (hard links, as uv makes them), compiled already: what is measured is not uv.

Where others load the machine, two processes at a time are no quicker than one: then the processor time
says what the same would take on idle cores.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from stopwatch import seconds

from harness import (
    ROOT,
    SYSTEM_PATH,
    TOOLS,
    UV,
    Project,
    git,
    prefect_server,
    run,
    user_environment,
)

FIRST = "flujo-000"
TEXTS = {".lock", ".md", ".py", ".toml"}


def repository(top: Path, env: dict[str, str], many: int) -> list[Path]:
    """Make a repository of many projects that differ by their name alone."""
    (top / "dev").mkdir(parents=True)
    first = top / "dev" / FIRST
    answers = (f"project_slug={FIRST}", "server_check=skip")
    for command, place in (
        (("git", "init", "--quiet"), top),
        ((TOOLS / "cookiecutter", "--no-input", ROOT, *answers), top / "dev"),
        ((UV, "sync", "--frozen", "--quiet", "--compile-bytecode"), first),
    ):
        done = run(*command, cwd=place, env=env)
        assert done.code == 0, done.output
    projects = [first, *(copy(first, f"flujo-{number:03}") for number in range(1, many))]
    for command in (("add", "--all"), ("commit", "--quiet", "--message", "Todo")):
        assert git(*command, cwd=top, env=env).code == 0
    return projects


def copy(first: Path, name: str) -> Path:
    """Copy a project under another name."""
    new = first.with_name(name)
    shutil.copytree(first, new, symlinks=True, copy_function=os.link)
    for file in [*new.glob("*.*"), *new.glob("src/*"), *new.glob("tests/*")]:
        if file.is_file() and file.suffix in TEXTS:
            text = file.read_text("utf-8")
            file.unlink()
            module = FIRST.replace("-", "_"), name.replace("-", "_")
            renamed = file.with_name(file.name.replace(*module))
            renamed.write_text(text.replace(FIRST, name).replace(*module), "utf-8")
    return new


def import_prefect(projects: list[Path], env: dict[str, str]) -> float:
    """Import Prefect in each environment, one after the other; return the seconds of all."""
    return sum(
        seconds(path / ".venv" / "bin" / "python", "-c", "import prefect", cwd=path, env=env)
        for path in projects
    )


def processor() -> float:
    """Return the seconds of processor that all that was run here has used."""
    used = os.times()
    return used.children_user + used.children_system


def measure(many: int, folder: Path) -> None:
    """Measure a repository of so many projects, and print a line."""
    env = user_environment(folder / "home") | {"PATH": f"{TOOLS}:{SYSTEM_PATH}"}
    top = folder / "flujos"
    projects = repository(top, env, many)
    first = Project(projects[0], projects[0] / ".venv" / "bin" / "python", env)
    with prefect_server(first, folder) as server:
        server = replace(server, env=server.env | {"PATH": env["PATH"]})
        server.make_pool("pool-dev")
        command = (TOOLS / "electra-flow", "deploy")

        def deploy(*options: str) -> float:
            return seconds(*command, *options, cwd=top, env=server.env)

        half, before = many // 2, processor()
        imports = import_prefect(projects[:half], env)
        began = processor()
        check = deploy("--check")
        ended = processor()
        imports += import_prefect(projects[half:], env)
        of_check = (ended - began) / (processor() - ended + began - before)
        again = deploy("--check")
        everything = deploy()
        with (projects[half] / "deploy.py").open("a", encoding="utf-8") as file:
            file.write("# Un cambio.\n")
        commit = deploy("--changed", "HEAD")
        deployed = deploy("--changed", "deployed")
    print(
        f"{many:8} {imports:9.1f} {check:8.1f} {check / imports:6.2f} {of_check:6.2f} {again:9.2f} {again / many:8.4f}"
        f" {everything:8.1f} {everything / imports:6.2f} {commit:8.1f} {deployed:8.1f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, nargs="+", default=[10, 50, 200])
    print(
        f"{time.strftime('%d/%m/%Y')}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; in s"
    )
    print(
        "projects | imports | check, x imports, x of processor | again, a project | deploy, x | HEAD | deployed"
    )
    for many in parser.parse_args().projects:
        with tempfile.TemporaryDirectory() as name:
            measure(many, Path(name))


if __name__ == "__main__":
    main()
