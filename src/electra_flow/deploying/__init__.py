"""The command `deploy.py`; what runs a flow never imports it."""
