"""The command ``modelhunter``; the extra ``cli`` brings what it needs."""
