import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import LogNorm

from rote.errors import RoteError
from rote.figures.style import house_style, save, styled

DRAW = """
import sys
from pathlib import Path

from rote.figures.style import save, styled
import matplotlib.pyplot as plt
import numpy as np

np.random.seed(int(sys.argv[2]))
np.set_printoptions(precision=int(sys.argv[2]))
with styled():
    figure, (left, right) = plt.subplots(1, 2, figsize=(4, 2))
    left.plot([1, 10, 1000], [-1, 0, 1], "o-", label="a_line")
    left.set_xscale("log")
    left.legend()
    left.grid(False)
    image = right.pcolormesh(np.arange(4.0).reshape(2, 2), cmap="cividis")
    figure.colorbar(image, label="log density (nat)")
    figure.suptitle("50 $ and 20 $ \\u2212 x_1^2")
    save(figure, Path(sys.argv[1], "a.png"))
"""
HOSTILE = """
backend: svg
text.usetex: True
text.parse_math: True
text.hinting: none
font.family: monospace
font.sans-serif: Courier
font.size: 23
axes.unicode_minus: False
axes.formatter.use_locale: True
axes.formatter.use_mathtext: True
axes.facecolor: red
axes.prop_cycle: cycler(color=['red', 'blue'])
figure.autolayout: True
figure.figsize: 1, 1
figure.dpi: 17
figure.facecolor: yellow
image.cmap: jet
image.origin: lower
lines.linewidth: 9
lines.antialiased: False
path.sketch: 1, 100, 2
savefig.dpi: 17
savefig.bbox: tight
savefig.pad_inches: 3
savefig.transparent: True
savefig.facecolor: blue
savefig.format: pdf
svg.fonttype: path
svg.hashsalt: other
svg.id: other
xtick.direction: in
agg.path.chunksize: 3
"""


def drawn(folder, seed=1, **environment):
    """Bytes of a figure's files, drawn by a process of its own in a folder and an environment."""
    folder.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name not in ("MATPLOTLIBRC", "MPLBACKEND")}
    search = os.pathsep.join(filter(None, [str(Path(sys.modules["rote"].__file__).parents[1]), *sys.path]))
    subprocess.run(
        [sys.executable, "-c", DRAW, folder, str(seed)],
        cwd=folder,
        env={**kept, "PYTHONPATH": search, **environment},
        check=True,
    )
    return [(folder / name).read_bytes() for name in ("a.png", "a.svg")]


@pytest.fixture(scope="module")
def plainly_drawn(tmp_path_factory):
    return drawn(tmp_path_factory.mktemp("plain"))


@pytest.mark.parametrize("backend", ["svg", "module://matplotlib_inline.backend_inline", "no such backend"])
def test_figures_have_the_same_bytes_whatever_the_backend(plainly_drawn, tmp_path, backend):
    assert drawn(tmp_path, MPLBACKEND=backend) == plainly_drawn


@pytest.mark.parametrize("content", [HOSTILE.encode(), b"\xff\xfe no text"], ids=["every setting", "no text"])
def test_figures_have_the_same_bytes_whatever_the_matplotlibrc(plainly_drawn, tmp_path, content):
    (tmp_path / "matplotlibrc").write_bytes(content)
    assert drawn(tmp_path) == plainly_drawn
    assert drawn(tmp_path / "elsewhere", MATPLOTLIBRC=str(tmp_path / "matplotlibrc")) == plainly_drawn


def test_figures_have_the_same_bytes_whatever_locale_threads_hash_seed_and_numpy_s_state(plainly_drawn, tmp_path):
    outside = {"LC_ALL": "POSIX", "PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "2", "PYTHONUTF8": "0"}
    assert drawn(tmp_path, seed=5, **outside) == plainly_drawn


def test_figures_have_the_same_bytes_in_a_process_that_loaded_matplotlib_with_other_settings(tmp_path):
    files = [tmp_path / name for name in ("a.png", "b.png")]
    for file, settings in zip(files, ({}, {"axes.facecolor": "red", "savefig.dpi": 17}), strict=True):
        with mpl.rc_context(settings), styled():
            figure, axes = plt.subplots()
            axes.set_title("title")
            save(figure, file)
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("title", ["from $5 to $6", "a_b^c", "$x$", r"\$ \alpha", "{50 %}", "$\\frac{$"])
def test_titles_are_drawn_as_written(tmp_path, title):
    with styled():
        figure, axes = plt.subplots()
        axes.set_title(title)
        axes.set_xticks([0], [title])
        save(figure, tmp_path / "a.png")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").count(f">{title}</text>") == 2


@pytest.fixture(autouse=True)
def _nothing_open():
    yield
    plt.close("all")


@house_style
def powers():
    figure, axes = plt.subplots()
    axes.set_xscale("log")
    axes.set_xlim(1e-3, 1e2)
    axes.set_yscale("symlog")
    axes.set_ylim(-1e2, 1e2)
    figure.colorbar(axes.pcolormesh(np.array([[3.0, 4.0]]), norm=LogNorm(2.5, 4.5)))
    return figure


def test_powers_are_drawn_with_signs_of_the_font(tmp_path):
    save(powers(), tmp_path / "a.png")
    labels = re.findall(r">([^<>]*)</text>", (tmp_path / "a.svg").read_text(encoding="utf-8"))
    assert {"10⁻³", "10²", "−10²", "0", "3×10⁰"} <= set(labels)
    assert "$" not in "".join(labels)


def test_a_figure_is_given_back_closed_and_settings_and_other_figures_stay_as_they_were():
    mine = plt.figure()
    before = dict(mpl.rcParams)
    assert powers().axes
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == [mine.number]


def test_a_figure_that_fails_leaves_nothing_open():
    @house_style
    def fails():
        plt.subplots()
        raise RoteError("no rows")

    with pytest.raises(RoteError, match="no rows"):
        fails()
    assert plt.get_fignums() == []


def test_a_figure_is_saved_as_picture_and_as_drawing_of_one_name_with_equal_bytes(tmp_path):
    for name in ("one", "other"):
        save(powers(), tmp_path / name / "v1.5.png")
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["v1.5.png", "v1.5.svg"]
    for name in ("v1.5.png", "v1.5.svg"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
