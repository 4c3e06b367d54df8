"""Everything that a fresh machine with Python and Git needs, in one command.

python3 run.py demo     generate a project into demo/ and run its flow
python3 run.py tests    run all the tests; words after it go to pytest
python3 run.py hooks    run the hooks of .pre-commit-config.yaml on all files
python3 run.py examples renew examples/, the generated projects that are there to be read
python3 run.py pictures make docs/pictures/, the READMEs' own; by name, only those
python3 run.py thin …   make the project of version 0.1.0 in that folder depend on the library
python3 run.py release  make releases/electra_flow-….whl of what is committed
python3 run.py bench    measure the generation, deploy.py, the hooks, the conventions, and `dev`;
                        by name, with its options, also another of tests/benchmarks (`reliability`,
                        `scale`, `distributed`, `repository --projects 10 50 200`)
python3 run.py newest   generate, test, deploy and run with the newest of all dependencies, and say
                        which of them breaks something; `--lowest`, the lowest; `--help`, more

Installs the tools into .venv, beside this file, and nothing anywhere else.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SLOWEST = ("end_to_end", "containers", "migrations", "generation")  # of the folders of tests
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code, or 2 if there is no such command."""
    commands = {"demo": demo, "tests": tests, "hooks": hooks, "examples": examples}
    commands |= {"pictures": pictures, "thin": thin, "release": release, "bench": bench}
    commands |= {"newest": newest}
    if not arguments or arguments[0] not in commands:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    if sys.version_info < (3, 11):
        print(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    os.environ["PATH"] = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
    # Trust what the machine trusts: companies sign the traffic to the registry themselves.
    os.environ.setdefault("UV_SYSTEM_CERTS", "true")
    # Prefect reports its use to the outside unless told not to.
    os.environ.setdefault("DO_NOT_TRACK", "1")
    try:
        install_tools()
        return commands[arguments[0]](arguments[1:])
    except subprocess.CalledProcessError as error:
        return error.returncode


def install_tools() -> None:
    """Make .venv hold the library and the tools of pyproject.toml; quick where it does already."""
    if not (VENV / "pyvenv.cfg").exists():
        venv.create(VENV, with_pip=True)
    if not shutil.which("uv", path=BIN):
        pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        pinned = re.search(r'"(uv==[^"]+)"', pyproject)
        assert pinned
        call(BIN / "python", "-m", "pip", "install", "--quiet", pinned[1])
    # The library itself with all that it can do, editable: the tests import it as it is.
    library = ("--editable", f"{ROOT}[report,dask]", "--group", ROOT / "pyproject.toml:dev")
    call("uv", "pip", "install", "--quiet", "--python", VENV, *library)


def demo(arguments: list[str]) -> int:
    """Generate the default project into demo/, made anew, and run its flow.

    Its library is the wheel that the hook makes of this working tree.
    """
    folder = ROOT / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    # A repository of its own, as a user's project has, and not a part of this one, which ignores it.
    os.environ["GIT_CEILING_DIRECTORIES"] = str(folder)
    call("cookiecutter", "--no-input", "--output-dir", folder, ROOT, *arguments)
    (project,) = folder.iterdir()
    call("uv", "run", f"src/{project.name.replace('-', '_')}.py", cwd=project)
    print(f"The project is in {project}; its commands need uv (https://docs.astral.sh/uv/).")
    return 0


def tests(arguments: list[str]) -> int:
    """Run all the tests, those that start real servers included, with many arbitrary answers."""
    os.environ.setdefault("ANSWERS", "500")
    # Most of the time is spent waiting for servers and workers: three files at a time, the longest
    # first, so that no process is left with one of those when the others are done.
    parallel = ("-n", "3", "--no-loadscope-reorder")
    places = [ROOT / "tests" / name for name in SLOWEST]
    places += sorted(path for path in (ROOT / "tests").iterdir() if _holds_tests(path))
    given = any((ROOT / argument.split("::")[0]).exists() for argument in arguments)
    where = [] if given else list(dict.fromkeys(places))
    call("python", "-m", "pytest", "-m", "", *parallel, *arguments, *where, cwd=ROOT)
    return 0


def _holds_tests(path: Path) -> bool:
    return path.name.startswith("test_") or (path.is_dir() and any(path.glob("test_*.py")))


def hooks(arguments: list[str]) -> int:
    """Run the hooks on all files, or as the arguments say."""
    options = arguments or ("--all-files", "--show-diff-on-failure")
    call("pre-commit", "run", *options, cwd=ROOT)
    return 0


def examples(arguments: list[str]) -> int:
    """Generate what stands in examples/ again."""
    call("python", ROOT / "tests" / "generated_examples.py")
    return 0


def pictures(arguments: list[str]) -> int:
    """Make the pictures of the READMEs, or those that are named."""
    # Playwright weighs 160 MB: nothing else needs it.
    call("uv", "pip", "install", "--quiet", "--python", VENV, "--group", "pictures", cwd=ROOT)
    call("python", ROOT / "tests" / "pictures" / "make.py", *arguments)
    return 0


def thin(arguments: list[str]) -> int:
    """Make a project of version 0.1.0, whose folder is named, depend on the library."""
    folders = [str(Path(folder).resolve()) for folder in arguments]
    call("python", "-m", "migrations.from_0_1", *folders, cwd=ROOT)
    return 0


def release(arguments: list[str]) -> int:
    """Make the wheel of this version, to be upgraded to and from."""
    call("python", ROOT / "releases" / "make.py", *arguments)
    return 0


def bench(arguments: list[str]) -> int:
    """Run the benchmarks, or those that are named, with the options after their names."""
    names = list(itertools.takewhile(lambda argument: not argument.startswith("-"), arguments))
    options = arguments[len(names) :]
    for name in names or ("generation", "check", "hooks", "conventions", "dev"):
        call("python", ROOT / "tests" / "benchmarks" / f"{name}.py", *options)
    return 0


def newest(arguments: list[str]) -> int:
    """Try a project with the newest, or the lowest, of what the dependencies allow."""
    call("python", ROOT / "tests" / "newest" / "main.py", *arguments)
    return 0


def call(*command: str | Path, cwd: Path | None = None) -> None:
    """Run a command of .venv (or of PATH); raise CalledProcessError if it fails."""
    program = shutil.which(command[0]) or str(command[0])
    subprocess.run([program, *map(str, command[1:])], cwd=cwd, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
