"""`deploy.py --schedule`: runs at given dates, of what is deployed already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from electra_flow.checks.finding import UV_RUN
from electra_flow.checks.server import check_server
from electra_flow.checks.settings import read_settings
from electra_flow.checks.timezones import timezone_problem
from electra_flow.deploying.dates import DatesError, read_dates
from electra_flow.deploying.options import DONE, REFUSED, USAGE, Options
from electra_flow.deploying.review import TIMEOUT
from electra_flow.deploying.wording import (
    complain,
    local_and_utc,
    one_of,
    say,
    server_reason,
    show,
)

if TYPE_CHECKING:
    from electra_flow.model.deployment import Deployment
    from electra_flow.model.project import Project


def schedule(project: Project, deployments: Sequence[Deployment], options: Options) -> int:
    """Schedule runs at the given dates, and say which are new; return the exit code.

    Raises:
        SettingsError: If Prefect's settings cannot be read.
    """
    environment, given = options.environment, options.deployment
    chosen = [item for item in deployments if given in (None, item.name, item.name_in(environment))]
    if len(chosen) != 1:
        complain(one_of([item.name for item in deployments], given))
        return USAGE
    if problem := timezone_problem(project.timezone):
        complain(f"deploy.py: el huso horario {problem.reason}; usá {problem.instead}.")
        return REFUSED
    try:
        moments = read_dates(options.dates, project.timezone, datetime.now(UTC))
    except DatesError as problems:
        complain(f"{problems}\nNo se programó nada.")
        return REFUSED
    own = project.environments[environment]
    say(f"Revisión ({environment})")
    errors = 0
    settings = read_settings(Path.cwd())
    for finding in check_server(settings.values, pools=[own.pool], timeout=TIMEOUT):
        errors += finding.level == "error"
        show(finding)
    if errors:
        complain("No se programó nada.")
        return REFUSED
    return _schedule_on_server(project, chosen[0], moments, environment)


def _schedule_on_server(
    project: Project, deployment: Deployment, moments: Sequence[datetime], environment: str
) -> int:
    from electra_flow.deploying.runs_at import (
        NotDeployedError,
        SeveralDeploymentsError,
        find_deployment,
        schedule_runs,
    )

    done = 0
    try:
        name = deployment.name_in(environment)
        deployment_id, full_name = find_deployment(name, deployment.entrypoint)
        say(f"Ejecuciones de {full_name}")
        for run in schedule_runs(deployment_id, moments):
            done += 1
            what = f"Ya estaba ({run.existing})" if run.existing else "Programada"
            say(f"  {what}: {local_and_utc(run.moment, project.timezone)}")
            say(f"    {run.url}")
    except NotDeployedError as missing:
        command = f"{UV_RUN or 'python '}deploy.py --env {environment}"
        complain(f"No se programó nada: {missing} no está desplegado. Se despliega con: {command}")
        return REFUSED
    except SeveralDeploymentsError as problem:
        complain(f"No se programó nada: {problem}.")
        return REFUSED
    except Exception as error:  # whatever Prefect or the server did not take
        complain(
            f"Quedaron {done} de {len(moments)}; repetí el comando para completar. El servidor "
            f"dijo: {server_reason(error)}"
        )
        return REFUSED
    return DONE
