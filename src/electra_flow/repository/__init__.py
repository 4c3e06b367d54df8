"""All projects of a repository: which there are, what changed, and one command for all of them.

Each project stays its own: what is done with it is done by its own environment, in its own folder.
"""
