"""Las convenciones que ruff no sabe decir: `uv run electra-flow check`.

Lee el código sin ejecutarlo. Lo que no puede saber leyendo, no lo señala.
"""
