"""What every test shares."""

from __future__ import annotations

from tests.harness import profiles

profiles.register()
