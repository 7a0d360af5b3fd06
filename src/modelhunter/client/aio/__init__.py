"""The async client. The blocking one is made from this: see ``codegen/shells.py``."""
