"""The blocking client, made from the async one; only ``transport_defaults.py`` is its own."""
