"""Whether the commit of a project is in the branch that its runs take the code from, as it is now.

A check that is at hand says that its code was right; where the code has to be, it cannot know.
"""

from __future__ import annotations

from threading import Lock

from electra_flow.model.source import SourceError
from electra_flow.repository.projects import FlowProject
from electra_flow.repository.report import Report
from electra_flow.sources.remote import Remote
from electra_flow.sources.secret_block import NoTokenError
from electra_flow.sources.working_copy import WorkingCopy


class Branches:
    """The branches of the repositories, each asked for its last commit once for all projects."""

    def __init__(self) -> None:
        self._tips: dict[tuple[str, ...], str] = {}
        self._lock = Lock()

    def reasons(self, project: FlowProject, report: Report, environment: str) -> list[str]:
        """Return why what is seen in a project's folder is not what would run; empty if it is."""
        git = report.git
        try:
            copy = WorkingCopy(project.folder, git["url"], git["branch"])
            found = list(copy.check(()))
            tip = self._tip(copy, git["url"], git["branch"], git["block"])
            found += copy.check_published(tip, follows_branch=environment == "dev")
        except NoTokenError:  # the server's part has told why
            return []
        except SourceError as problem:
            return [str(problem)]
        return [finding.text for finding in found if finding.level == "error"]

    def _tip(self, copy: WorkingCopy, *place: str) -> str:
        with self._lock:
            if place not in self._tips:
                remote = Remote(copy.folder, *place)
                tip = remote.tip()
                if not tip:
                    raise SourceError(f"{place[0]} no tiene la rama {place[1]}.")
                if not copy.knows(tip):
                    remote.fetch()
                self._tips[place] = tip
            return self._tips[place]
