"""Settings that every test shares."""

from hypothesis import settings

# A deadline measures how busy the machine is, and a search that differs from run to run cannot be repeated in CI.
settings.register_profile("warmgate", deadline=None, derandomize=True)
settings.load_profile("warmgate")
