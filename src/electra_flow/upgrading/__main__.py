"""What an earlier version starts (handover.py): the upgrade itself."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from packaging.version import Version

from electra_flow.generation.vendor import FOLDER
from electra_flow.generation.voice import say, speak_any_language
from electra_flow.upgrading.git import ignored
from electra_flow.upgrading.handover import read_request
from electra_flow.upgrading.news import PAGE, news
from electra_flow.upgrading.problem import CannotUpgradeError
from electra_flow.upgrading.release import read_release
from electra_flow.upgrading.root import move_root
from electra_flow.upgrading.run import find_uv
from electra_flow.upgrading.tell import summary, told, told_behind, told_removed
from electra_flow.upgrading.tidy import remove_unused
from electra_flow.upgrading.unit import Unit, find_units
from electra_flow.upgrading.upgrade import Outcome, Upgrade, home_of_wheel

DONE, REFUSED = 0, 1


def main(arguments: list[str]) -> int:
    """Do what the file that is named asks for; return the command's exit code."""
    speak_any_language()
    request = read_request(Path(arguments[0]))
    try:
        wheel = Path(request.wheel)
        release = read_release(wheel.name, wheel.read_bytes())
        units = find_units(Path(request.folder), below=request.below)
        if request.check:
            lines, problems = told_behind(units, release)
            say(*lines)
            return REFUSED if problems else DONE
        find_uv()
        with tempfile.TemporaryDirectory(prefix="ef", ignore_cleanup_errors=True) as scratch:
            return upgrade_all(Upgrade(release, Path(scratch)), units, chosen=request.chosen)
    except CannotUpgradeError as problem:
        print(problem, file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("Interrumpido: el proyecto que estaba a medias quedó como estaba.", file=sys.stderr)
        return REFUSED


def upgrade_all(upgrade: Upgrade, units: list[Unit], *, chosen: bool) -> int:
    """Upgrade projects and say what became of them; return the exit code."""
    outcomes: list[Outcome] = []
    upgrade.prepare(units)
    for unit in units:
        done = upgrade.upgrade(unit)
        for outcome in done:
            say(*told(outcome, upgrade.release))
        outcomes += done
    upgraded = [outcome for outcome in outcomes if outcome.merged]
    for top in sorted({each.project.top for each in upgraded}):
        own = [each.project for each in upgraded if each.project.top == top]
        vendor = home_of_wheel(own[0]) / FOLDER
        say(*filter(None, [move_root(top, vendor, upgrade.release, upgrade.lock)]))
        say(*told_removed(remove_unused(top, {each.wheel for each in own if each.wheel})))
        for home in {home_of_wheel(each) for each in own}:
            if ignored(home / FOLDER / upgrade.release.name):
                say(f"Git ignora {FOLDER}/: agregá «!/{FOLDER}/*.whl» al .gitignore de {home}.")
    if upgraded:
        first = min((each.before for each in upgraded), key=Version)
        text = news(PAGE.read_text(encoding="utf-8"), first, upgrade.release.version)
        if text:
            say("", "Qué hay de nuevo, y qué hacer:", "", text, "")
    say(*summary(outcomes))
    if not chosen and not any(outcome.merged or outcome.problem for outcome in outcomes):
        say(
            f"No hay una más nueva en {FOLDER}/. Otra se nombra con --to: un archivo .whl, la "
            "carpeta de la plantilla o una dirección https."
        )
    return REFUSED if any(outcome.problem for outcome in outcomes) else DONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
