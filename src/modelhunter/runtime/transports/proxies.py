"""The proxies that the environment asks for (``https_proxy``, ``no_proxy`` and their like)."""

from __future__ import annotations

import os

from modelhunter.errors import ConfigurationError


def proxy_for(origin: str) -> str | None:
    """The address of the proxy for an origin, or None where there is none.

    Raises:
        ConfigurationError: it is of a kind that can't be used.
    """
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import (  # type: ignore[attr-defined]
        getproxies_environment,
        proxy_bypass_environment,  # pyright: ignore[reportAttributeAccessIssue]
    )

    scheme, _, host = origin.partition("://")
    proxies = getproxies_environment()
    if proxy_bypass_environment(host, proxies):
        return None
    proxy = proxies.get(scheme) or proxies.get("all")
    if proxy and not proxy.startswith(("http://", "https://")):
        raise ConfigurationError(
            f"the proxy that the environment names for {scheme} addresses is no http(s) address; "
            f"only such proxies can be used: change {scheme}_proxy or all_proxy, or name the host "
            "in no_proxy"
        )
    return proxy or None
