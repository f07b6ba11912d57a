"""The command as a person runs it: what it prints, what it refuses, what it exits with."""

import io
import re
import subprocess
import sys
import time
from importlib.machinery import PathFinder
from types import SimpleNamespace

import pytest

import symgrad
from symgrad.cli import stubs
from symgrad.cli.main import main
from symgrad.grammar.plan import ask
from symgrad.grammar.primitive import REGISTRY

POLYNOMIAL = "2*x**4 + x**3 + 3*x**2 + 5*x + 1"


@pytest.fixture
def command(capsys, monkeypatch):
    """Run the command here; what it printed, said on standard error, and exits with."""

    def run(*arguments, stdin=""):
        text = stdin if isinstance(stdin, bytes) else stdin.encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
        code = main(list(arguments))
        out, err = capsys.readouterr()
        return SimpleNamespace(code=code, out=out, err=err)

    return run


def test_explain_prints_the_whole_lesson(command):
    run = command("explain", POLYNOMIAL, "--at", "x=2")
    assert (run.code, run.err) == (0, "")
    lines = run.out.splitlines()
    assert lines[0] == POLYNOMIAL
    assert "  v1  = x**4    = 16   power_number" in lines
    assert "  v10 = v9 + 1  = 63   add" in lines
    assert "  g_v5  = g_v6*3                                       = 3    multiply" in lines
    assert "closed form  8*x**3 + 3*x**2 + 6*x + 5" in lines
    assert "value        63" in lines
    assert "gradient     93" in lines
    verdict = run.out[run.out.index("\nverdict\n") :]
    assert "proved" in verdict
    routes = {
        "reverse": "the subject",
        "forward": "agrees",
        "symbolic": "proved",
        "50 digits": "agrees",
        "finite differences": "agrees",
    }
    for route, word in routes.items():
        (line,) = [line for line in verdict.splitlines() if line.strip().startswith(route + "  ")]
        assert word in line
    assert re.search(r"50 digits .*\(\S+ ULP\)", verdict)
    assert not [line for line in lines if line != line.rstrip() or not line.isprintable()]


@pytest.mark.parametrize(
    "at", [["--at", "x=2", "--at", "y=3"], ["--at", "x=2,y=3"], ["--at=y = 3 , x = 2"]]
)
def test_several_names(command, at):
    run = command("explain", "x**2*sin(y)/y", *at)
    assert run.code == 0
    assert "  x = 2\n  y = 3\n" in run.out
    assert "gradient d/dx 0.1881600107" in run.out
    assert "closed form d/dx 2*x*sin(y)/y" in run.out


@pytest.mark.parametrize("arguments", [["-x**2"], ["--at", "x=2", "-x**2"], ["-"]])
def test_an_expression_may_begin_with_a_minus_sign(command, arguments):
    at = [] if "--at" in arguments else ["--at", "x=2"]
    run = command("explain", *arguments, *at, stdin="-x**2\n")
    assert run.code == 0
    assert "gradient     -4\n" in run.out


def test_check_prints_the_verdict_alone(command):
    run = command("check", "exp(x)*y", "--at", "x=1/2", "--at", "y=-3e-2")
    assert run.code == 0
    assert run.out.startswith("crosscheck of exp(x)*y: ")
    assert "forward" in run.out
    assert "v1" not in run.out


def test_float32(command):
    assert "float64" in command("check", "x*x", "--at", "x=0.1").out
    run = command("check", "x*x", "--at", "x=0.1", "--float32")
    assert run.code == 0
    assert "float32" in run.out
    assert "float64" not in run.out


def test_a_difference_exits_with_1(command, monkeypatch):
    rule = REGISTRY["sin"]
    wrong = ask(lambda xp, x: -xp.cos(x), ("x",), (), "sin.partial('x')")
    monkeypatch.setitem(rule.partials, "x", wrong)
    rule._plans.clear()
    try:
        run = command("check", "sin(x)", "--at", "x=2")
    finally:
        rule._plans.clear()
    assert run.code == 1
    assert "differs" in run.out


def test_a_point_outside_the_domain_exits_with_1_and_no_warning(command):
    run = command("explain", "log(x)", "--at", "x=-1")
    assert (run.code, run.err) == (1, "")
    assert "undefined" in run.out


def test_a_number_has_nothing_to_differentiate(command):
    run = command("explain", "2*3 + 1")
    assert (run.code, run.out) == (0, "2*3 + 1\n\nvalue        7\n")
    assert command("check", "7").code == 2


REFUSED = [
    (["2*x + + *"], "column 9: a value is missing"),
    (["x**"], "column 4: a value is missing"),
    (["foo(x)", "--at", "x=1"], "column 1: 'foo' is not known as a function"),
    (["x*y", "--at", "x=1"], "column 3: y has no value; add --at y=NUMBER"),
    (["x*alpa", "--at", "alpha=1"], "alpha is not in the expression, which has x, alpa"),
    (["2e3*e2 + e"], "column 5: e2 has no value"),
    (["x"], "column 1: x has no value; add --at x=NUMBER"),
    (["sqr*x", "--at", "x=1"], "did you mean sqrt?"),
    (["x", "--at", "x=1", "--at", "x=1"], "gives x twice"),
    (["x", "--at", "x=1,x=2"], "gives x twice"),
    (["x", "--at", "x=1", "--at", "z=2"], "--at 'z=2': z is not in the expression, which has x"),
    (["3", "--at", "z=2"], "has no names at all"),
    (["x", "--at", "x"], "--at 'x': column 1: write NAME=NUMBER"),
    (["x", "--at", "x=1,y"], "--at 'x=1,y': column 5: write NAME=NUMBER"),
    (["x", "--at", "=1"], "column 1: write NAME=NUMBER"),
    (["x", "--at", ""], "column 1: write NAME=NUMBER"),
    (["x", "--at", "x="], "column 3: a value is missing"),
    (["x", "--at", "x=nan"], "column 3: 'nan' is not known"),
    (["x", "--at", "x=2y"], "column 3: '2y' is no number"),
    (["x*y", "--at", "x=1,y=2+*3"], "column 9: a value is missing"),
    (["x", "--at", "x=1e999"], "column 3: no float is so large"),
    (["x", "--at", "x=1/0"], "divides by zero"),
    (["x", "--\x1b[31m"], r"(--\x1b[31m)"),
    (["x", "--nowhere", "x=1"], "unexpected extra arguments"),
    ([], "Missing argument 'EXPRESSION'"),
    (["-"], "column 1: a value is missing"),
    (["__import__('os').getpid()", "--at", "x=1"], "column "),
    (["x\n\x1b[31m", "--at", "x=1"], "column 3: U+001B is not read"),
    (["x\udcff", "--at", "x=1"], "column 2: U+DCFF is not read"),
    (["x", "--at", "x=\x1b[2J"], r"column 3: U+001B"),
    (["(" * 5000 + "x"], "levels"),
    (["x+" * 12000 + "x"], "characters are read"),
    (["9" * 3000], "at most 40 digits"),
]


@pytest.mark.parametrize("which", ["explain", "check"])
@pytest.mark.parametrize(("arguments", "says"), REFUSED, ids=lambda a: ascii(a)[:30])
def test_a_refusal_is_one_line_and_code_2(command, which, arguments, says):
    took = []
    for _ in range(3):  # the machine may be busy with something else; the least counts
        start = time.perf_counter()
        run = command(which, *arguments)
        took.append(time.perf_counter() - start)
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("symgrad: ")
    assert run.err.count("\n") == 1
    assert run.err[:-1].isprintable()
    assert says in run.err
    assert min(took) < 0.1


def test_standard_input_of_any_bytes(command):
    run = command("explain", "-", stdin=b"x\xff\xfe")
    assert run.code == 2
    assert "column 2: U+FFFD is not read" in run.err
    run = command("explain", "-", stdin="x" * 10**6)
    assert run.code == 2
    assert "20000 characters" in run.err


@pytest.mark.parametrize("which", [["check", "3"], ["explain", "nope(", "--at", "x=1"]])
def test_a_refusal_comes_before_anything_heavy_is_loaded(which):
    program = (
        "import sys; from symgrad.cli.main import main; code = main(sys.argv[1:]); "
        "print(code, *[m for m in ('sympy', 'scipy', 'mpmath') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *which], capture_output=True, text=True
    )
    assert run.stdout == "2\n"
    assert "Traceback" not in run.stderr


def test_as_a_module_in_a_pipe():
    """The whole way: a process of its own, plain text, the exit code."""
    whole = [sys.executable, "-W", "error", "-m", "symgrad", "explain", "-", "--at", "x=2"]
    run = subprocess.run(whole, input=POLYNOMIAL, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    assert "gradient     93\n" in run.stdout
    assert "\x1b" not in run.stdout
    again = subprocess.run(whole, input=POLYNOMIAL, capture_output=True, text=True)
    assert again.stdout == run.stdout
    run = subprocess.run([*whole[:-1], "x=two"], input="x", capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (2, "")


def test_version_info_and_help(command):
    assert command("--version").out == f"symgrad {symgrad.__version__}\n"
    info = command("info")
    assert info.code == 0
    assert info.out.startswith(f"symgrad           {symgrad.__version__}")
    assert re.search(r"^numpy +\d", info.out, re.MULTILINE)
    assert command("--help").code == 0
    assert command().code == 2
    assert "'expalin'" in command("expalin", "x").err


# the stub -----------------------------------------------------------------------------------


def test_the_stub_is_current():
    assert stubs.FILE.read_text(encoding="utf-8") == stubs.render(), "run make stubs"


def test_the_stub_names_every_function_and_method():
    text = stubs.render()
    for name in ("sin", "logsumexp", "zeros", "sin_", "max"):
        assert f"\ndef {name}(" in text
        assert name == "zeros" or f"\n    def {name}(" in text
    assert "\nfloat32: DType\n" in text
    assert "from symgrad.symbolic.closed_form import closed_form as closed_form\n" in text


def test_a_stub_out_of_date_is_found(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(stubs, "FILE", tmp_path / "__init__.pyi")
    assert stubs.main(["--check"]) == 1
    assert stubs.main([]) == 0
    assert stubs.main(["--check"]) == 0
    (tmp_path / "__init__.pyi").write_text("def sin() -> None: ...\n")
    assert stubs.main(["--check"]) == 1
    assert "make stubs" in capsys.readouterr().out


@pytest.mark.slow
def test_a_type_checker_follows_the_stub(tmp_path):
    checker = pytest.importorskip("mypy.api", reason="it is in the lint extra")
    program = tmp_path / "program.py"
    program.write_text(
        "import symgrad as sg\n"
        "x = sg.tensor([1.0], requires_grad=True)\n"
        "y = sg.sin(x).sum(dim=0) + 2 * x.exp().mean() - x.softmax(-1)[0]\n"
        "y.backward()\n"
        "reveal_type(x.grad)\n"
        "reveal_type(y)\n"
        "y.no_such_method()\n"
    )
    out, _, _ = checker.run(["--strict", "--cache-dir", str(tmp_path), str(program)])
    said = [line.partition(": ")[2] for line in out.splitlines() if "program.py" in line]
    assert said == [
        'note: Revealed type is "symgrad.Tensor | None"',
        'note: Revealed type is "symgrad.Tensor"',
        'error: "Tensor" has no attribute "no_such_method"  [attr-defined]',
    ]


def test_the_stub_stands_where_type_checkers_look():
    found = PathFinder.find_spec("symgrad", [str(stubs.FILE.parent.parent)])
    assert stubs.FILE.with_suffix(".py").samefile(found.origin)
