"""The blocking client, made from the async one; only ``wiring.py`` is its own."""
