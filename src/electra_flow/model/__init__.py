"""What `deploy.py` declares: plain data, of the standard library alone."""
