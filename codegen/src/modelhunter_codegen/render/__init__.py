"""From the typed form to Python source. Text from the description passes through ``text`` only."""
