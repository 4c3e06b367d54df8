"""What can be said before anything is touched: each check yields findings."""
