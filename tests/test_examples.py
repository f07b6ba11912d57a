"""Every example runs as a person would run it, and prints what it promises."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))

PRINTED = {
    "mean_of_squares": """\
tensor(140., grad_fn=<MeanBackward0>)
tensor([[10., 16., 22.],
        [22., 16., 10.]])
the derivative in the entry i, j:
2 (3 x[i,j] + 2)
entry by entry:
[[6*x[0, 0] + 4, 6*x[0, 1] + 4, 6*x[0, 2] + 4],
 [6*x[1, 0] + 4, 6*x[1, 1] + 4, 6*x[1, 2] + 4]]
the second derivative in the first entry, twice:
6
""",
    "on_a_device": """\
y     = 29.0
dy/dx = 11.0 by 2*x + 3
the gradient lies where x does: cpu
""",
    "sine": """\
sum of d: 25.0
gradient is 2 cos(a): True
in the entry i: 2 cos(a[i])
drawn in sine.png
""",
    "chain_of_weights": """\
loss: 0.516634
d loss / d w1 = +0.266325
d loss / d w2 = -0.808775
d loss / d w3 = +0.518503
loss after 200 steps is below 1e-6: True
""",
    "vector_gradient": """\
grad can be implicitly created only for scalar outputs
c      = [-10077568.0, -260686.0]
a.grad = [384.0, 2916.0] which is 12 a^5: True
b.grad = [-15116544.0, -589824.0] which is -9 b^8: True
dc/da: 12 diag(a^∘5)
""",
    "numpy_and_scipy": """\
value at the start: 24.199999999999996
found the minimum: True [1. 1.]
the gradient that SciPy was given:
[400*x[0]**3 - 400*x[0]*x[1] + 2*x[0] - 2, 200*(-x[0]**2 + x[1])]
checked: proved
""",
    "doubling": """\
doubled 9 times: [256.0, -640.0, 1024.0]
pulled back along v: tensor([5.1200e+01, 5.1200e+02, 5.1200e-02])
512 I
this holds while 9 conditions do; the last is
""",
    "polynomial": """\
f(2)  = 63.0
f'(2) = 93.0
f'(x) = 8*x**3 + 3*x**2 + 6*x + 5
f''(x) = 24*x**2 + 6*x + 6

given
  x = 2
""",
}
#: Examples that print more than is compared here; the rest must print exactly this.
LONGER = {"doubling", "polynomial"}


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run an example as the main program; what it printed."""

    def run(path):
        monkeypatch.setattr(sys, "argv", [str(path), str(tmp_path)])
        runpy.run_path(str(path), run_name="__main__")
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_prints_what_it_promises(run, path):
    out = run(path)
    expected = PRINTED[path.stem]
    assert out.startswith(expected)
    assert path.stem in LONGER or out == expected


def test_the_polynomial_ends_with_the_verdict(run):
    out = run(ROOT / "examples" / "polynomial.py")
    assert "gradient     93\n\ncrosscheck of f: proved" in out


def test_the_loop_says_under_which_branches(run):
    last = run(ROOT / "examples" / "doubling.py").splitlines()[-1]
    assert "while y.norm() < 1000:" in last


def test_the_sine_is_drawn(run, tmp_path):
    run(ROOT / "examples" / "sine.py")
    plt = pytest.importorskip("matplotlib.pyplot", reason="it is in the test extra")
    image = plt.imread(tmp_path / "sine.png")
    plt.close("all")
    assert len(np.unique(image.reshape(-1, image.shape[-1]), axis=0)) > 10


def test_the_list_is_whole_and_each_is_short():
    assert {path.stem for path in EXAMPLES} == set(PRINTED)
    assert {
        path.name: n for path in EXAMPLES if (n := len(path.read_text().splitlines())) > 80
    } == {}


def test_one_runs_as_a_script():
    path = ROOT / "examples" / "mean_of_squares.py"
    command = [sys.executable, "-W", "error", str(path)]
    paths = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=paths)
    assert (done.stdout, done.stderr) == (PRINTED[path.stem], "")
