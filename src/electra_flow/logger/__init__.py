"""What a flow imports when it runs: its logger, and what it runs with."""
