"""The catalogue in the forms that other programs take: schemas and functions for language models.

:mod:`~modelhunter.integrations.schemas` has the inputs of a model as JSON Schema,
:mod:`~modelhunter.integrations.tools` function definitions with what they call.
"""
