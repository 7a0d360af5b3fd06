"""What runs a call: retries, deadlines, flows and the transports beneath them."""
