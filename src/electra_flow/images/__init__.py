"""The code of a project in a Docker image: what goes in, how it is built, how a run starts in it."""
