"""What a release takes: SBOMs, news, and checks of what was built. ``RELEASING.md`` is the way."""
