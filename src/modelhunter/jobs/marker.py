"""How a submission is known again in the task list."""

MARKER = "_modelhunter"
"""The key of a task's metadata that marks its submission (see ``flows/submit_once.py``)."""
