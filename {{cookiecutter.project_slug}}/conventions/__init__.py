"""Las convenciones que ruff no sabe decir: `uv run python -m conventions`, desde el proyecto.

Lee el código sin ejecutarlo. Lo que no puede saber leyendo, no lo señala.
"""
