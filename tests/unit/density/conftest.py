import pytest

from tests.unit.density.density_tables import fit, write_representations


@pytest.fixture(scope="session")
def representations(tmp_path_factory):
    """Representations of three classes. Not to be changed."""
    return write_representations(tmp_path_factory.mktemp("representations") / "stage_4.parquet")


@pytest.fixture(scope="session")
def fitted(representations, tmp_path_factory):
    """Posterior samples and traces of these classes. Not to be changed."""
    return fit(representations, tmp_path_factory.mktemp("fitted"))
