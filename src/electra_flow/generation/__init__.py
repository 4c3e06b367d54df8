"""What happens after a project's files are written; the post-generation hook calls it.

The standard library alone, and as little of it as will do: everyone waits for the hook. An import
of pathlib, zipfile or subprocess costs as much as the rest of a module here does.
"""
