"""What deploys a flow in another way than deploy.py."""

from __future__ import annotations

import ast
import re

from electra_flow.conventions.source import Source

_METHODS = {"deploy", "adeploy", "serve", "aserve", "to_deployment", "ato_deployment"}
_METHODS |= {"from_source", "afrom_source", "create_deployment"}
_FUNCTIONS = {*_METHODS, "RunnerDeployment"}
# What is not known, and takes one of these, is a flow, or Prefect's client.
_OPTIONS = {"work_pool_name", "work_queue_name", "cron", "entrypoint", "job_variables", "flow_id"}
_SHELLS = re.compile(r"subprocess\.\w+|os\.(system|popen)|asyncio\.create_subprocess_\w+")
_COMMAND = re.compile(r"\bprefect(\.exe)?\s+(--?\S+\s+)*deploy\b")


def deploys_with(call: ast.Call, source: Source, *, of_flow: bool) -> str:
    """Return what a call deploys with; nothing if it does not.

    Args:
        call: The call.
        source: Its file.
        of_flow: Whether it is a method of a flow.
    """
    name = source.name(call.func)
    if _SHELLS.fullmatch(name):
        words = [part.value for part in ast.walk(call) if isinstance(part, ast.Constant)]
        return "prefect deploy" if _COMMAND.search(" ".join(map(str, words))) else ""
    if name.startswith("prefect.") and _FUNCTIONS.intersection(name.split(".")):
        return name
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    known = of_flow or _OPTIONS & {keyword.arg for keyword in call.keywords}
    return f".{method}" if known and method in _METHODS else ""
