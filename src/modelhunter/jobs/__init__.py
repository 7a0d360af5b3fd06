"""What flows, clients and tools speak of: a task as an object, tokens, the budget, polling."""
