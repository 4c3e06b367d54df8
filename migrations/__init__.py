"""What brings the projects of an earlier version to this one; `python run.py thin` calls it."""
