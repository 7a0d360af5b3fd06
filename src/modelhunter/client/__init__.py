"""The clients and what they hand out: tasks, files, webhooks, keys."""
