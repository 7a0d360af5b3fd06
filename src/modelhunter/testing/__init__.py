"""Help for testing programs that use this library: a mocked API, and a sandbox as a fixture.

The pytest fixtures come with the package: ``modelhunter_mock`` (a respx router, no server) and
``modelhunter_sandbox`` (a real server on this machine).
"""
