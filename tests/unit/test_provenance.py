import numpy as np

from rote import provenance


def test_versions_are_those_of_the_packages_that_are_there(monkeypatch):
    monkeypatch.setattr(provenance, "PACKAGES", ("numpy", "a-package-that-is-not-there"))
    assert provenance.package_versions.__wrapped__() == {"numpy": np.__version__}
