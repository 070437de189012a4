import pytest
import torch

from rote.errors import DataError
from rote.representations.gram_rows import pack


@pytest.mark.parametrize(("d", "shape"), [(3, (32, 3)), (60, (32 * 33 // 2,))])
def test_what_is_stored_of_few_features_is_the_features_and_else_the_upper_triangle(d, shape):
    row, _ = pack(torch.randn(32, d, generator=torch.Generator().manual_seed(0)))
    assert row.shape == shape


@pytest.mark.parametrize("d", [3, 60])
def test_what_is_stored_is_the_centred_gram_matrix_at_unit_norm(d):
    features = torch.randn(32, d, generator=torch.Generator().manual_seed(0))
    row, norms = pack(features)
    centred = features.double() - features.double().mean(0)
    gram = centred @ centred.T
    assert norms[0].item() == pytest.approx(torch.linalg.matrix_norm(gram).item(), rel=1e-6)
    upper = gram[*torch.triu_indices(32, 32, 1)]
    expected = torch.cat([gram.diagonal(), upper]) / norms[0]
    stored = row.double()
    found = (
        torch.cat([(own := stored @ stored.T).diagonal(), own[*torch.triu_indices(32, 32, 1)]]) if d == 3 else stored
    )
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


def test_a_representation_that_is_not_finite_is_refused():
    with pytest.raises(DataError, match="NaN or an infinity"):
        pack(torch.full((16, 3), torch.nan))
