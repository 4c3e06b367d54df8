"""`electra-flow files`: what pre-commit asks of every file, in one process.

The checks are those of pre-commit-hooks and detect-secrets, each called by its own `main` on the
types of files that it is for. They say what they found in English; what it is about is said here.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib
import io
import os
import re
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

# Words, of letters alone, are no secrets: they are sentences and names of blocks.
_WORDS = r"^(?!gh.$)[^\W\d_]{1,15}([-.,;:()` ]+[^\W\d_]{1,15})*[.,;:)`]*$"
_TOKEN = r"(github_pat|pnu|pnb)_[A-Za-z0-9]{20}"  # detect-secrets does not know these
_CONFLICT = r"^(<{7}|>{7})( |$)"


@dataclass(frozen=True)
class Check:
    """What is looked for, and in which files.

    Attributes:
        what: What a finding is about, in Spanish.
        main: The check: given options and files, it prints what it found and returns 0 if nothing.
        options: Its options.
        types: The types of files that it is for, as `identify` names them; all files if none are.
        without: The types that it is not for.
        names: A pattern for the ends of names that it is not for.
    """

    what: str
    main: Callable[[Sequence[str]], int]
    options: Sequence[str] = ()
    types: frozenset[str] = frozenset({"text"})
    without: frozenset[str] = frozenset({"python"})  # ruff sees to their spaces, ends and conflicts
    names: str = r"(?!)"

    def concerns(self, path: Path, tags: Collection[str]) -> bool:
        """Say whether it looks at a file."""
        of_type = "file" in tags and (not self.types or not self.types.isdisjoint(tags))
        return of_type and self.without.isdisjoint(tags) and not re.search(self.names, path.name)


def run(options: argparse.Namespace) -> int:
    """Check files, and mend what can be; return 1 if there was anything."""
    missing = [path for path in options.files if not os.path.lexists(path) or path.is_dir()]
    for path in missing:
        print(f"«{path}» no está, o es una carpeta.", file=sys.stderr)
    try:
        from identify.identify import tags_from_path

        tags = {path: tags_from_path(str(path)) for path in options.files if path not in missing}
        found = [
            _run(check, [path for path in tags if check.concerns(path, tags[path])])
            for check in _checks()
        ]
    except ImportError as error:
        print(f"Falta {error.name}, del grupo dev: ejecutá uv sync.", file=sys.stderr)
        return 1
    return int(any(found) or bool(missing))


def _run(check: Check, files: Sequence[Path]) -> bool:
    """Say what a check found, and return whether it found anything."""
    if not files:
        return False
    names = [path.as_posix() for path in files]  # as Git writes them
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            code = check.main([*check.options, *names])
        except (OSError, RuntimeError) as error:  # such as Git, which is not there
            code = 1
            print(error)
    if code:
        print(f"{check.what}:\n{said.getvalue().strip()}\n")
    return code != 0


def _lines_with(pattern: str, names: Sequence[str]) -> int:
    """Print where a pattern is found, but not what: it may be a secret."""
    found = 0
    for name in names:
        for number, line in enumerate(Path(name).read_bytes().splitlines(), 1):
            if re.search(pattern.encode(), line):
                print(f"{name}:{number}")
                found = 1
    return found


def _each(main: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    """Call a check for each file, since one in another encoding ends it."""
    names = [argument for argument in arguments if not argument.startswith("--")]
    options = [argument for argument in arguments if argument.startswith("--")]
    worst = 0
    for name in names:
        try:
            worst = main([*options, name]) or worst
        except (ValueError, RecursionError) as error:
            print(f"{name}: {error}")
            worst = 1
    return worst


def _secrets() -> Callable[[Sequence[str]], int]:
    """Return detect-secrets' own check, which would read files in the machine's encoding."""
    from detect_secrets import pre_commit_hook
    from detect_secrets.core import scan
    from detect_secrets.plugins import private_key

    for module in (scan, private_key):
        vars(module)["open"] = functools.partial(open, encoding="utf-8")
    return lambda arguments: pre_commit_hook.main([*arguments])


def _of_pre_commit_hooks(name: str) -> Callable[[Sequence[str]], int]:
    """Return a check of pre-commit-hooks, imported when there is a file for it: YAML takes 0.2 s."""

    def main(arguments: Sequence[str]) -> int:
        found: int = importlib.import_module(f"pre_commit_hooks.{name}").main(arguments)
        return found

    return main


def _checks() -> list[Check]:
    all_types, anything = frozenset[str](), frozenset[str]()
    lock = r"^uv\.lock$"
    return [
        Check(
            "Secretos, que van en un bloque Secret y no en archivos; si no es uno, la línea termina "
            "con «# pragma: allowlist secret»",
            _secrets(),
            (
                "--no-verify",  # asks nobody on the internet whether they work
                # f("secreto") is one, too
                "--disable-filter=detect_secrets.filters.heuristic.is_indirect_reference",
                f"--exclude-secrets={_WORDS}",
            ),
            without=anything,
            # The answers of a project: the names of its blocks, which were checked.
            names=rf"{lock}|^\.electra-flow\.json$",
        ),
        Check(
            "Tokens, que van en un bloque Secret y no en archivos",
            functools.partial(_lines_with, _TOKEN),
            without=anything,
        ),
        Check(
            "Espacios al final de una línea",
            _of_pre_commit_hooks("trailing_whitespace_fixer"),
            ("--markdown-linebreak-ext=md",),
        ),
        Check(
            "El final del archivo, que es un salto de línea",
            _of_pre_commit_hooks("end_of_file_fixer"),
        ),
        Check(
            "Finales de línea, que son LF", _of_pre_commit_hooks("mixed_line_ending"), ("--fix=lf",)
        ),
        Check("Conflictos sin resolver", functools.partial(_lines_with, _CONFLICT)),
        Check(
            "Archivos de más de 500 KB",
            _of_pre_commit_hooks("check_added_large_files"),
            ("--enforce-all",),
            types=all_types,
            names=rf"{lock}|\.whl$",
        ),
        Check(
            "Nombres que Windows no distingue",
            _of_pre_commit_hooks("check_case_conflict"),
            types=all_types,
            without=anything,
        ),
        Check(
            "YAML que no se puede leer",
            functools.partial(_each, _of_pre_commit_hooks("check_yaml")),
            ("--allow-multiple-documents",),
            types=frozenset({"yaml"}),
        ),
        Check(
            "TOML que no se puede leer",
            functools.partial(_each, _of_pre_commit_hooks("check_toml")),
            types=frozenset({"toml"}),
            names=lock,
        ),
        Check(
            "JSON que no se puede leer",
            functools.partial(_each, _of_pre_commit_hooks("check_json")),
            types=frozenset({"json"}),
        ),
    ]
