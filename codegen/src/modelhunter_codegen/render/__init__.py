"""From the typed form to Python source, which text enters through ``source_literals`` only."""
