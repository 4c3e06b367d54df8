"""A mistake in `deploy.py`, told in one line: the file, the line, what it says and what would work."""

from __future__ import annotations

import difflib
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from electra_flow.model.deployment import REFUSED, Deployment
from electra_flow.model.image import Image
from electra_flow.model.project import Environment, Project
from electra_flow.model.schedules import Cron, Interval, RRule
from electra_flow.model.watchdog import Watchdog

_CLASSES = (Project, Environment, Image, Deployment, Watchdog, Cron, Interval, RRule)


def tell_mistakes_of_script() -> None:
    """From here on, tell an exception of the script that imports us in one line, without traceback.

    Only where it is the script that was started: a test that imports deploy.py has its own ways.
    """
    frame = sys._getframe(1)
    while frame.f_back and (
        "importlib" in frame.f_code.co_filename
        or frame.f_globals.get("__name__", "").startswith("electra_flow")
    ):
        frame = frame.f_back
    if frame.f_globals.get("__name__") == "__main__":
        sys.excepthook = _tell


def unexpected_again() -> None:
    """From here on, show what nobody expected with its traceback."""
    sys.excepthook = sys.__excepthook__


def mistake(error: BaseException, script: str | Path) -> str:
    """Tell an exception of a script in one line."""
    name = Path(script).name
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).name == name]
    place = f"{name}, línea {lines[-1]}" if lines else name
    said = " ".join(str(error).split())
    return f"{place}: {type(error).__name__}: {_in_spanish(said)}"


def is_mistake_of(error: BaseException, script: str | Path) -> bool:
    """Tell whether a line of a script itself raised an exception, not what it calls."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and Path(frames[-1].filename).resolve() == Path(script).resolve()


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, (KeyboardInterrupt, SyntaxError)):
        sys.__excepthook__(kind, error, trace)
        return
    sys.stdout.flush()  # so that the reason is the last thing in a file, too
    print(mistake(error, sys.argv[0]), file=sys.stderr)


def _in_spanish(said: str) -> str:
    """Say what Python says of a name that is not there, and what to write instead of it."""
    if match := re.search(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'", said):
        owner, name = match.groups()
        if owner == "Deployment" and name in REFUSED:
            return f"{owner} no tiene «{name}»: {REFUSED[name]}"
        others = "; otro argumento de Flow.deploy va en deploy_options={…}" * (
            owner == "Deployment"
        )
        return f"{owner} no tiene «{name}»: {_near(name, _fields(owner))}{others}"
    if match := re.search(r"(\w+)\.__init__\(\) missing \d+ required .*?: (.+)", said):
        missing = " y ".join(f"«{name}»" for name in re.findall(r"'(\w+)'", match[2]))
        return f"a {match[1]}(…) le falta {missing}"
    if match := re.search(r"cannot import name '(\w+)' from 'electra_flow'", said):
        return f"electra_flow no tiene «{match[1]}»: {_near(match[1], _public_names())}"
    if match := re.search(r"name '(\w+)' is not defined", said):
        return f"«{match[1]}» no está definido{_where_from(match[1])}"
    return said


def _where_from(name: str) -> str:
    if name in _public_names():
        return ": agregalo a «from electra_flow import …»"
    near = difflib.get_close_matches(name, _public_names(), n=1)
    return f": ¿es «{near[0]}»?" if near else ""


def _near(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    return f"¿es «{near[0]}»?" if near else f"hay {', '.join(names)}"


def _fields(owner: str) -> list[str]:
    known = next((item for item in _CLASSES if item.__name__ == owner), None)
    return list(known.__dataclass_fields__) if known else []


def _public_names() -> list[str]:
    import electra_flow

    return electra_flow.__all__
