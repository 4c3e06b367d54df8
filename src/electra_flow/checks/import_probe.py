"""What the clean interpreter answers of the flows: that they are imported, and their parameters.

It asks only what Prefect itself asks of a flow when it deploys and runs it, by Prefect's own means.
This is the one module of the checks that imports Prefect.
"""

from __future__ import annotations

import difflib
import inspect
import json
import math
import os
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from prefect import Flow
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ParameterTypeError, ScriptError
from prefect.flows import load_flow_from_entrypoint

from electra_flow.checks.own_modules import forgotten_modules
from electra_flow.checks.schedules import schedule_problems
from electra_flow.model.deployment import Deployment
from electra_flow.model.project import Project
from electra_flow.model.schedules import as_prefect

Answer = Callable[..., None]


def answer(file: str, project: Project, deployments: Sequence[Deployment]) -> NoReturn:
    """Write all answers into a file, a JSON a line, and end the process.

    It ends at once: what a flow's modules do when Python ends, or threads that they left behind, say
    nothing about whether they can be imported.
    """

    def say(**fields: Any) -> None:
        # Opened each time: what is written stays, whatever the next import ends or closes.
        with Path(file).open("a", encoding="utf-8") as answers:
            answers.write(json.dumps(fields) + "\n")

    import_flows(project, deployments, say)
    os._exit(0)


def import_flows(project: Project, deployments: Sequence[Deployment], say: Answer) -> None:
    """Import each flow once, and say what it is and what is wrong with it."""
    here = Path.cwd()
    for entrypoint in dict.fromkeys(item.entrypoint for item in deployments):
        with forgotten_modules():
            _import(entrypoint, project, deployments, say)
        os.chdir(here)  # where a flow's module may have left it
    say(done=True)


def _import(
    entrypoint: str, project: Project, deployments: Sequence[Deployment], say: Answer
) -> None:
    """Import one flow, and check the deployments of it."""
    if not Path(entrypoint.rpartition(":")[0]).is_file():
        return  # check_declared says it
    say(importing=entrypoint)
    here = Path.cwd()
    try:
        # Without this, Prefect is content with reading the file where it cannot import it.
        flow: Flow[..., Any] = load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False)
    except BaseException as error:  # a sys.exit() at import would break the run as well
        said = _explain(error, entrypoint.rpartition(":")[0], here)
        say(problem=f"El flujo {entrypoint} no se puede importar: {said}.", of=entrypoint)
        return
    hooks = [*(flow.on_crashed_hooks or ()), *(flow.on_cancellation_hooks or ())]
    say(
        flow=entrypoint,
        name=flow.name,
        parameters=parameter_names(flow),
        hooks=sorted({getattr(hook, "__name__", repr(hook)) for hook in hooks}),
    )
    for deployment in deployments:
        if deployment.entrypoint != entrypoint:
            continue
        try:
            problems = list(_problems(flow, deployment, project.timezone))
        except Exception as error:  # such as a type that is only there for a type checker
            problems = [f"Prefect no puede revisar los parámetros: {_line(error)}"]
        for problem in dict.fromkeys(problems):
            say(problem=f"{deployment.name}: {problem.removesuffix('.')}.", of=entrypoint)


def _problems(flow: Flow[..., Any], deployment: Deployment, timezone: str) -> Iterator[str]:
    known = sorted(set(inspect.signature(Flow.deploy).parameters) - {"self"})
    for name in deployment.deploy_options:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; ¿es «{near[0]}»?" if near else f" (tiene: {', '.join(known)})"
            yield f"deploy_options: Flow.deploy no tiene «{name}»{hint}"
    own = dict(deployment.parameters or {})
    scheduled = []
    for schedule in deployment.schedules or ():
        if any(schedule_problems(schedule)):
            continue  # check_declared says it, in Spanish
        try:
            scheduled.append({**own, **as_prefect(schedule, timezone).parameters})
        except Exception as error:  # whatever Prefect does not take
            yield f"schedules: {_line(error)}"
    for given in scheduled or [own]:  # each schedule may bring what the deployment lacks
        for name in sorted(set(flow.parameters.required or ()) - given.keys()):
            yield f"falta el parámetro «{name}», que no tiene valor por defecto"
    for given in [own, *(given for given in scheduled if given != own)]:
        yield from _wrong_parameters(flow, given, deployment)


def _wrong_parameters(
    flow: Flow[..., Any], given: dict[str, Any], deployment: Deployment
) -> Iterator[str]:
    """Say which parameters the flow would not take, as they are once the server has stored them."""
    names = parameter_names(flow)
    for name in sorted(given.keys() - set(names)):
        yield f"el flujo no tiene el parámetro «{name}» (tiene: {', '.join(names) or 'ninguno'})"
    try:
        stored = stored_parameters(flow.name, given)
    except Exception as error:  # whatever Prefect cannot write as JSON
        yield f"parameters no se puede guardar en el servidor: {_line(error)}"
        return
    for name in sorted(name for name in given if _is_lost(given[name])):
        yield f"{name}: {given[name]!r} se guarda como None: JSON no tiene infinito ni NaN"
    # What Prefect replaces when the run begins is not checked before.
    checked = {name: value for name, value in stored.items() if name in names and not _late(value)}
    wrong, taken = _taken_by_flow(flow, checked)
    if deployment.enforce_parameter_schema is not False and taken != checked:
        wrong = {**_wrong_for_server(flow, checked), **wrong}
    for name, said in sorted(wrong.items()):
        if name in checked and not _is_lost(given[name]):
            rule = said.removeprefix("Value error, ")
            own_rule = rule != said  # a rule of the project's, in its words
            told = f"{given[name]!r} no es lo que declara el flujo ({rule})"
            yield f"{name}: {rule if own_rule else told}"


def _taken_by_flow(
    flow: Flow[..., Any], given: dict[str, Any]
) -> tuple[dict[str, str], dict[str, Any]]:
    """Return why the flow does not take a parameter, by name, and those that it takes, as it does."""
    if not flow.should_validate_parameters:
        return {}, {}
    try:
        return {}, flow.validate_parameters(given)
    except ParameterTypeError as error:
        lines = re.findall(r"^ - (.+?): (.+)$", str(error), re.MULTILINE)
        return {place.partition(".")[0]: said for place, said in lines}, {}
    except TypeError:  # parameters are missing, or too many: that is said already
        return {}, {}


def _wrong_for_server(flow: Flow[..., Any], given: dict[str, Any]) -> dict[str, str]:
    """Return why the server does not take a parameter, by name: it does not turn «1» into 1."""
    if not given:
        return {}
    from prefect.utilities.schema_tools.validation import validate  # half as slow as Prefect

    schema, wrong = flow.parameters.model_dump(), {}
    for name, value in given.items():
        try:  # as the server does: raising, it does not look at formats, such as that of a date
            validate({name: value}, schema, raise_on_error=True, ignore_required=True)
        except Exception as error:
            said = str(error)
            wrong[name] = said.partition("Failure reason: ")[2] or said
    return wrong


def parameter_names(flow: Flow[..., Any]) -> list[str]:
    """Return the names of a flow's parameters, `**options` being one as in Prefect."""
    return [name for name in inspect.signature(flow.fn).parameters if name not in ("self", "cls")]


def stored_parameters(flow_name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return parameters as Prefect writes them to the server.

    Raises:
        Exception: Whatever Prefect and pydantic raise for what cannot be written as JSON.
    """
    deployment = RunnerDeployment(name="x", flow_name=flow_name, parameters=given)
    dumped = deployment.model_dump(mode="json", include={"parameters"})["parameters"]
    text = json.dumps(dumped, ensure_ascii=False).encode()  # half a character fails here
    parameters: dict[str, Any] = json.loads(text)
    return parameters


def _is_lost(value: Any) -> bool:
    """Tell whether a number, or one inside a value, is None once it is stored."""
    if isinstance(value, Mapping):
        return any(map(_is_lost, value.values()))
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(map(_is_lost, value))
    return isinstance(value, float) and not math.isfinite(value)


def _late(value: Any) -> bool:
    """Tell whether Prefect replaces a value, or a part of it, when the run begins."""
    if isinstance(value, Mapping):
        return bool(value.keys() & {"$ref", "__prefect_kind"}) or any(map(_late, value.values()))
    return isinstance(value, list) and any(map(_late, value))


def _explain(error: BaseException, path: str, here: Path) -> str:
    """Tell an exception in one line, with the place of the project, `here`, where it happened."""
    if isinstance(error, ScriptError):  # Prefect wraps the file's error in one of its own
        error = error.user_exc
    text = " ".join(traceback.format_exception_only(error)[-1].split())
    if "No Prefect API URL" in text:  # there is no server, and none is started (flow_import.py)
        text = "carga algo de Prefect al importarse; va adentro del flujo o de la tarea"
    if isinstance(error, SyntaxError):
        places = [(error.filename or path, error.lineno)]
    else:
        frames = traceback.extract_tb(error.__traceback__)
        places = [(frame.filename, frame.lineno) for frame in frames]
    for file, line in reversed(places):
        if Path(file).is_relative_to(here) and ".venv" not in Path(file).parts:
            return f"{text} ({Path(file).relative_to(here).as_posix()}, línea {line})"
    return f"{text} ({path})"


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
