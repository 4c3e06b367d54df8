"""After the files are written. The work is in electra_flow.generation; here is what it is about.

Runs on cookiecutter's own Python, with the standard library and the template's `src/` alone, and
in the new project's folder.
"""

import sys

ANSWERS = {{ cookiecutter | hook }}


def main() -> int:
    """Return the exit code: 1 makes cookiecutter delete the project."""
    if ANSWERS["under_cruft"]:  # it renders several times, where a repository would confuse it
        return 0
    sys.path[0] = f"{ANSWERS['template']}/src"  # in place of the folder of temporary files
    from electra_flow.generation.after import finish

    return finish(ANSWERS)


if __name__ == "__main__":
    sys.exit(main())
