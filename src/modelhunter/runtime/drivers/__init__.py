"""What runs flows: one driver blocks, the other awaits."""
