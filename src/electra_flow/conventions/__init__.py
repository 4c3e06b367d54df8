"""The conventions that are seen in the code: `uv run electra-flow check`.

Each file is looked at alone, with its imports and constants. It catches honest mistakes, and whoever
wants to get around it can: what is data is checked as data (`checks/declared.py`), and what happens
at import is seen by importing (`testing/project.py`).
"""
