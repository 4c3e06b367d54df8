"""Las reglas: una por archivo, cada una con una función `check`."""
