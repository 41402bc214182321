"""What every test shares."""

from __future__ import annotations

from hypothesis import settings

# A shared machine is slow at times; a property that holds slowly still holds.
settings.register_profile("here", deadline=None)
settings.load_profile("here")
