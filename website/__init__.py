"""The site that ``nox -s docs`` makes of ``docs/``, the catalogue and the docstrings."""
