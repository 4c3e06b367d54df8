"""What stands in the deployment of what was imported."""

from __future__ import annotations

from electra_flow.checks.flow_import import ImportedFlow
from electra_flow.deploying.review import check_hooks


def test_where_the_worker_imports_a_flow_with_its_own_python_the_deployment_says_so() -> None:
    flows = {
        "src/ventas.py:ventas": ImportedFlow("ventas", []),
        "src/cierre.py:cierre": ImportedFlow("cierre", [], ("avisar",)),
    }
    (finding,) = check_hooks(flows)
    assert finding.level == "aviso" and finding.fix.endswith("electra-flow docs logs")
    assert finding.text.startswith("avisar (on_crashed, on_cancellation) de src/cierre.py")
