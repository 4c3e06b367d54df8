"""`electra-flow`: which verbs there are and what they take. Nothing is done here."""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

DONE, REFUSED, USAGE = 0, 1, 2  # exit codes


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb.

    Args:
        arguments: The words after `electra-flow`; by default, those of the command line.

    Returns:
        The exit code: 0 if it was done, 1 if a check said no, 2 for a wrong usage.

    Raises:
        SystemExit: With 0, after the help.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    words = sys.argv[1:] if arguments is None else list(arguments)
    parser = _parser()
    try:
        options = parser.parse_args(words)
    except _UsageError as usage:
        given = " ".join(["electra-flow", *words])
        print(f"No entiendo «{given}». Así se usa:\n\n{usage}", end="", file=sys.stderr)
        return USAGE
    if options.verb is None:
        parser.print_help()
        return DONE
    # Only now: each verb waits for its own imports alone.
    verb = importlib.import_module(f"electra_flow.command.{options.verb}")
    try:
        code: int = verb.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("Interrumpido.", file=sys.stderr)
        return REFUSED
    except OSError as error:
        if error.filename or error.errno not in (errno.EPIPE, errno.EINVAL):
            raise
        # Whoever read this, such as `head`, has gone (EINVAL on Windows).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return code


def _parser() -> _Parser:
    parser = _Parser("electra-flow", "Lo que comparten los proyectos de flujos de Prefect.")
    verbs = parser.add_subparsers(
        dest="verb", title="comandos", metavar="comando", prog="electra-flow"
    )

    def add(name: str, what: str) -> _Parser:
        short = what[0].lower() + what[1:].removesuffix(".")
        return verbs.add_parser(name, description=what, help=short)

    add("check", "Revisa las convenciones de los flujos del proyecto.")
    deploy = add("deploy", "Despliega todos los proyectos que hay en una carpeta, o los revisa.")
    deploy.add_argument(
        "folder", metavar="carpeta", nargs="?", type=Path, default=".", help="si no, esta"
    )
    deploy.add_argument("--env", metavar="entorno", default="dev", help="si no, dev")
    deploy.add_argument(
        "--changed",
        metavar="commit",
        help="solo lo que cambió desde ahí; deployed, desde lo desplegado",
    )
    deploy.add_argument("--check", action="store_true", help="solo revisa: no cambia nada")
    deploy.add_argument("--activate", action="store_true", help="enciende las programaciones")
    deploy.add_argument("--prune", action="store_true", help="borra lo que ya no se declara")
    deploy.add_argument(
        "--from-git", action="store_true", help="solo los que toman el código de un repositorio"
    )
    deploy.add_argument("--jobs", metavar="cuántos", type=int, help="a la vez")
    dev = add("dev", "Un servidor, un worker y los despliegues de dev, juntos, hasta Ctrl-C.")
    dev.add_argument("--once", action="store_true", help="ejecuta, espera y termina")
    dev.add_argument("--no-run", action="store_true", help="despliega sin ejecutar")
    dev.add_argument("--fresh", action="store_true", help="olvida lo que guardó su servidor")
    dev.add_argument(
        "--server",
        choices=["own", "configured"],
        default="own",
        metavar="cuál",
        help="own, uno propio; configured, el de Prefect",
    )
    docs = add("docs", "Muestra cómo se hace cada cosa; sin página, dice cuáles hay.")
    docs.add_argument("page", metavar="página", nargs="?", help="por ejemplo, desplegar")
    files = add("files", "Revisa archivos antes de un commit; lo usa pre-commit.")
    files.add_argument("files", metavar="archivo", nargs="+", type=Path, help="lo que se revisa")
    hooks = add("hooks", "Las convenciones de los proyectos del repositorio; lo usa su pre-commit.")
    hooks.add_argument(
        "files", metavar="archivo", nargs="*", type=Path, help="de qué proyectos; si no, de todos"
    )
    hooks.add_argument("--changed", metavar="commit", help="de los que cambiaron desde un commit")
    hooks.add_argument("--tests", action="store_true", help="sus pruebas, en vez de convenciones")
    hooks.add_argument(
        "--integration", action="store_true", help="sus pruebas que arrancan un servidor"
    )
    add("repository", "Pone en la raíz del repositorio lo que revisa a todos sus proyectos.")
    server = add("server", "Arranca un servidor de Prefect, como `prefect server start`.")
    server.add_argument("--host", metavar="dirección", help="en cuál escucha; si no, en loopback")
    server.add_argument("--port", metavar="puerto", type=int, help="si no, el 4200")
    server.add_argument("--no-ui", action="store_true", help="sin la interfaz")
    upgrade = add("upgrade", "Pasa el proyecto, o los que hay en una carpeta, a otra versión.")
    upgrade.add_argument("folder", metavar="carpeta", nargs="?", type=Path, help="con proyectos")
    upgrade.add_argument(
        "--to",
        metavar="cuál",
        help="un .whl, la carpeta de la plantilla, una dirección https o una versión; si no, la "
        "más nueva de vendor/",
    )
    upgrade.add_argument("--check", action="store_true", help="solo dice cuánto falta")
    return parser


class _UsageError(Exception):
    """How a parser is used."""


class _Formatter(argparse.HelpFormatter):
    """argparse's help, in Spanish."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "Uso: " if prefix is None else prefix)


class _Parser(argparse.ArgumentParser):
    """A parser that speaks Spanish."""

    def __init__(self, prog: str, description: str, **_options: Any) -> None:
        super().__init__(
            prog,
            description=description,
            formatter_class=_Formatter,
            add_help=False,
            allow_abbrev=False,
        )
        self._positionals.title, self._optionals.title = "argumentos", "opciones"
        self.add_argument("-h", "--help", action="help", help="muestra esto")

    def error(self, message: str) -> NoReturn:
        """Raise _UsageError: what argparse says is English."""
        raise _UsageError(self.format_help())


if __name__ == "__main__":
    sys.exit(main())
