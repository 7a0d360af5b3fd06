"""Transports: each sends one HTTP request over one library."""
