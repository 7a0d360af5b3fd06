"""Small mutations of the code that guards money and files; each must make a test fail.

``nox -s mutants`` runs them all, ``nox -s mutants -- submit_once waiting`` those of some modules.
"""
