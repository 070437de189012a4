import pytest

from rote.config.__main__ import main
from rote.config.reference import ROOT


def test_a_file_that_can_be_used_is_told(capsys):
    assert main([str(ROOT / "config/config.yaml")]) == 0
    assert "config.yaml can be used." in capsys.readouterr().out


@pytest.mark.parametrize("content", ["a: [", "seed: 1\nseed: 2\n", "runs: { a: {} }\n"])
def test_of_a_file_that_cannot_be_used_the_line_is_told(tmp_path, capsys, content):
    path = tmp_path / "my.yaml"
    path.write_text(content)
    assert main([str(path)]) == 1
    assert "my.yaml:" in capsys.readouterr().err
