"""Where a run takes its code from."""
