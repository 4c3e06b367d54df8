"""`python -m electra_flow.tied.engine`: Prefect's engine, in a run that ends with its worker.

A worker that is killed leaves its runs running: nobody would end them after `electra-flow dev`.
"""

from __future__ import annotations

import runpy

from electra_flow.tied.to_input import end_with_input

if __name__ == "__main__":
    end_with_input()
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)
