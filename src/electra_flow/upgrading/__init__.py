"""`electra-flow upgrade`: a project comes to another version of template and library, or stays as it is.

What two versions have to agree on is in two modules, and frozen: handover.py (the version that is
installed calls the one to come) and render.py (each version renders its own template).
"""
