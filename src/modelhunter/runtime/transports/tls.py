"""How every transport does TLS."""

from __future__ import annotations

import ssl


def tls_context() -> ssl.SSLContext:
    """Certificates and host names checked against the system's authorities; HTTP/1.1 only."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
