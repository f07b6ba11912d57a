"""The safe reader: what it reads, what it refuses and in which words; it never runs the text."""

import copy
import inspect
import math
import operator
import pickle
import sys
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symgrad  # noqa: F401  (its rules sign in to the registry)
from symgrad.errors import ParseError, SymgradError
from symgrad.symbolic import parser
from symgrad.symbolic.parser import FUNCTIONS, Expression, Number, Step, parse, read, read_value

# fmt: off
PLAIN = {
    **{word: getattr(math, word) for word in FUNCTIONS if hasattr(math, word)},
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul,
    "divide": operator.truediv, "power": operator.pow, "negative": operator.neg,
    "less": operator.lt, "less_equal": operator.le, "greater": operator.gt,
    "greater_equal": operator.ge, "equal": operator.eq, "not_equal": operator.ne,
    "where": lambda condition, a, b: a if condition else b,
    "maximum": max, "minimum": min, "abs": abs, "sign": lambda a: (a > 0) - (a < 0),
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)), "relu": lambda a: max(a, 0.0),
    "softplus": lambda a: math.log1p(math.exp(a)),
}
# fmt: on


def compute(word, *operands):
    return PLAIN[word](*operands)


def words(text, names=None):
    return [step.word for step in read(text, names).steps]


def refusal(text, names=None):
    with pytest.raises(ParseError) as caught:
        read(text, names)
    return caught.value


# what is read -------------------------------------------------------------------------------

X, Y = 0.7, 2.5
# fmt: off
GOOD = [
    ("x", X), ("3", 3), (".5", 0.5), ("2.", 2.0), ("1e-3", 1e-3), ("1.5E+2", 150.0), ("0", 0),
    ("pi", math.pi), ("e", math.e), ("((x))", X), ("+x", X), ("-x", -X), ("- - + -x", -X),
    ("x + y*2", X + Y * 2), ("(x + y)*2", (X + Y) * 2), ("x - y - 1", X - Y - 1),
    ("x/y/2", X / Y / 2), ("x*y/2*x", X * Y / 2 * X), ("x--y", X + Y), ("2*-x", 2 * -X),
    ("-x**2", -(X**2)), ("(-x)**2", X**2), ("x**-2", X**-2), ("x**(1/2)", X**0.5),
    ("2**x**y", 2 ** (X**Y)), ("(2**x)**y", (2**X) ** Y), ("x**y**-1", X ** (Y**-1)),
    ("1/3*x", 1 / 3 * X), ("2*pi*x", 2 * math.pi * X), ("pow(x, 3)", X**3),
    ("maximum(x, y) - minimum(x, y)", Y - X), ("where(x < y, x, y)", X),
    ("where(x >= y, x, y)", Y), ("where(x == x, 1, 2)", 1), ("where(x != x, 1, 2)", 2),
    ("where(x <= -1, 1, where(x > 0, x, y))", X), ("where(x<-1, 1, 2)", 2),
    ("where((x + 1) > (y), 1, 2)", 2), ("sin (x)", math.sin(X)),
    ("2*x**4 + x**3 + 3*x**2 + 5*x + 1", 2 * X**4 + X**3 + 3 * X**2 + 5 * X + 1),
    ("x**2*sin(x)", X**2 * math.sin(X)), ("  x +\t1\r\n+\ny\n", X + 1 + Y),
    ("log(exp(x))*sqrt(y)", math.log(math.exp(X)) * math.sqrt(Y)),
    ("e**x - exp(x)", math.e**X - math.exp(X)),
    ("sigmoid(x) + relu(-x) + softplus(y)", 1 / (1 + math.exp(-X)) + math.log1p(math.exp(Y))),
]
# fmt: on


@pytest.mark.parametrize(("text", "expected"), GOOD, ids=[text for text, _ in GOOD])
def test_a_text_means_what_python_means_by_it(text, expected):
    expression = parse(text)
    values = {"x": X, "y": Y}
    used = {name: values[name] for name in expression.names}
    assert expression.evaluate(compute, used) == expected


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_listed_function_is_one_step_of_its_word(name):
    word, count = FUNCTIONS[name]
    given_values = ["x < y", "x", "y"] if name == "where" else ["x", "y"][:count]
    expression = read(f"{name}({', '.join(given_values)})")
    assert expression.steps[-1].word == word
    at = {"x": 1.25, "y": 2.0} if name == "acosh" else {"x": 0.5, "y": 2.0}
    operands = [at[v] if v in at else at["x"] < at["y"] for v in given_values]
    got = expression.evaluate(compute, {v: at[v] for v in expression.names})
    assert got == compute(word, *operands)


def test_every_word_that_the_reader_gives_is_a_rule():
    emitted = {word for word, _ in FUNCTIONS.values()} | set(parser._OPERATORS.values()) - {""}
    assert emitted - set(parser.REGISTRY) == set()


def test_the_program_is_flat_and_knows_its_columns():
    assert read("x*sin(-y)").steps == (
        Step("negative", ("y",), (7, 8)),
        Step("sin", (0,), (3, 9)),
        Step("multiply", ("x", 1), (1, 9)),
    )
    assert read(" (x + 1) * 2").steps[0].columns == (3, 7)
    long = read("a + (b - c)*d")
    for step in long.steps:
        first, last = step.columns
        part = read(long.text[first - 1 : last])
        assert part.steps[-1].word == step.word


def test_names_come_in_order_of_first_appearance():
    assert parse("z*a + b*a - z").names == ("z", "a", "b")
    assert read("z*a", ["a", "b", "z"]).names == ("a", "b", "z")
    assert read("a", ["a", "a"]).names == ("a",)
    assert read("a*b", (name for name in "ab")).names == ("a", "b")


def test_numbers_stay_exact_and_remember_their_text():
    assert read("x + 12345678901234567890").steps[0].operands[1] == Number(
        12345678901234567890, "12345678901234567890"
    )
    decimal = read("x + 0.10").steps[0].operands[1]
    assert decimal == Number(0.1, "0.10")
    assert isinstance(read("x + 1.0").steps[0].operands[1].value, float)
    assert isinstance(read("x + 1").steps[0].operands[1].value, int)
    assert read("x*pi").steps[0].operands[1] == Number(math.pi, "pi")


def test_literal_arithmetic_is_done_at_once_and_exactly():
    assert read("x**-2").steps == (Step("power", ("x", Number(-2, "-2")), (1, 5)),)
    assert read("x*(1/3)").steps[0].operands[1] == Number(1 / 3, "1/3")
    assert read("10**20 + 1").result == Number(10**20 + 1, "10**20 + 1")
    assert read("pow(2, 3)").result == Number(8, "pow(2, 3)")
    assert words("x*2*3") == ["multiply", "multiply"]
    assert words("2*pi*x") == ["multiply", "multiply"], "pi keeps its name for the formula"


def test_no_step_computes_in_integers_alone():
    (step,) = read("abs(-3)").steps
    assert step.operands == (Number(-3.0, "-3"),)
    assert isinstance(step.operands[0].value, float)
    chosen = read("where(x < 1, 2, 3)**9").steps[1]
    assert [type(number.value) for number in chosen.operands[1:]] == [float, float]
    assert isinstance(read("maximum(x, 2)").steps[0].operands[1].value, int)


def test_a_chain_of_a_thousand_and_a_nest_of_a_hundred_are_read():
    assert read("+".join(["x"] * 1001)).evaluate(compute, {"x": 1}) == 1001
    assert read("(" * 100 + "x" + ")" * 100).evaluate(compute, {"x": 5}) == 5
    assert read("-" * 100 + "x").evaluate(compute, {"x": 5}) == 5
    nest = "sin(" * 100 + "x" + ")" * 100
    assert len(read(nest).steps) == 100
    nest = "where(x < 1, " * 100 + "x" + ", x)" * 100
    assert len(read(nest).steps) == 200
    wide = "*".join(["(x + 1 - y)"] * 900)
    assert len(read(wide).steps) == 900 * 2 + 899
    signs = "+".join(["-(-x)"] * 300)
    assert len(read(signs).steps) == 300 * 2 + 299


def test_a_reader_deep_in_a_callers_stack_refuses_in_its_own_words():
    chain = "+".join(["x"] * 990)

    def dive(levels):
        return dive(levels - 1) if levels else parse_or_refuse(chain)

    depth = len(inspect.stack(0))
    outcome = dive(sys.getrecursionlimit() - depth - 100)
    assert outcome in ("read", "column 1: this is too deep to read from here; write it in parts")


def parse_or_refuse(text):
    try:
        return "read" if isinstance(parse(text), Expression) else "lost"
    except ParseError as error:
        return str(error)


# an expression is a function ----------------------------------------------------------------


def test_a_call_runs_the_rules(monkeypatch):
    for word in ("multiply", "sin"):
        monkeypatch.setitem(parser.REGISTRY, word, PLAIN[word])
    f = parse("x*sin(y)")
    assert f(2.0, 1.0) == f(2.0, y=1.0) == f(y=1.0, x=2.0) == 2.0 * math.sin(1.0)


WRONG_CALLS = [
    *[((), {}, "missing: x, y"), ((1,), {}, "missing: y"), ((1, 2), {"y": 3}, "given twice: y")],
    *[((1, 2, 3), {}, "not asked for: value 3"), ((1, 2), {"z": 3, "w": 4}, "not asked for: z, w")],
    ((1,), {"z": 3}, "missing: y; not asked for: z"),
]


@pytest.mark.parametrize(("args", "kwargs", "said"), WRONG_CALLS)
def test_a_wrong_call_names_the_values_at_fault(args, kwargs, said):
    with pytest.raises(TypeError) as caught:
        parse("x*y")(*args, **kwargs)
    assert str(caught.value) == f"Expression('x*y') takes x, y; {said}"


def test_evaluate_checks_its_values_too():
    with pytest.raises(TypeError, match=r"takes x, y; missing: y; not asked for: z"):
        parse("x*y").evaluate(compute, {"x": 1, "z": 2})
    with pytest.raises(TypeError, match="takes no values; not asked for: x"):
        parse("1").evaluate(compute, {"x": 1})


def test_names_that_a_method_also_uses_can_be_given_by_name():
    f = parse("self + values + named + call")
    assert f.names == ("self", "values", "named", "call")
    assert f.evaluate(compute, {"self": 1, "values": 2, "named": 3, "call": 4}) == 10
    with pytest.raises(TypeError, match="missing: call"):
        f(self=1, values=2, named=3)


def test_tools_can_ask_for_its_name_and_parameters():
    f = parse("x**2 *\n sin(y)")
    assert list(inspect.signature(f).parameters) == ["x", "y"]
    assert f.__name__ == "x**2 * sin(y)"
    assert len(parse("+".join(["x"] * 900)).__name__) == 60
    assert repr(f) == r"sg.parse('x**2 *\n sin(y)')"
    assert Expression.__name__ == "Expression"


def test_it_is_data_that_can_be_compared_copied_and_stored():
    f = parse("x**2*sin(y)")
    assert f == parse("x**2*sin(y)") != parse("x**2*sin(z)")
    assert hash(f) == hash(parse("x**2*sin(y)"))
    assert copy.deepcopy(f) == pickle.loads(pickle.dumps(f)) == f
    with pytest.raises(AttributeError):
        f.text = "x"


# what is refused ----------------------------------------------------------------------------

NO_NUMBER = "is no number; write plain decimals, and * to multiply"
NO_VALUE = "a value is missing here; write a number or a name"
NO_SIGN = "is not read here; write numbers, names and + - * / **"
NO_OPERATOR = "two values stand side by side; write * between them"
NO_PLACE = "one comparison stands first in where; write where(x > 0, a, b)"
NO_FLOAT = "no float is so large or so small; write another number"
TOO_BIG = "a constant exponent goes to 1000; write a smaller one"
TOO_DEEP = "over 100 levels or 1000 operators; write it in parts"
# fmt: off
GOLDEN = [
    ("x^2", 2, "'^' is not a power here; write **"),
    ("2*x + y^3", 8, "'^' is not a power here; write **"),
    ("2x", 1, f"'2x' {NO_NUMBER}"), ("x + 0x10", 5, f"'0x10' {NO_NUMBER}"),
    ("x y", 3, NO_OPERATOR), ("2(x)", 2, NO_OPERATOR), ("(x)(y)", 4, NO_OPERATOR),
    ("x +", 4, NO_VALUE), ("x + \n", 4, NO_VALUE), ("x + * y", 5, NO_VALUE), ("", 1, NO_VALUE),
    ("()", 2, NO_VALUE), ("sin(x,)", 7, NO_VALUE), ("sin(,x)", 5, NO_VALUE),
    ("(x", 1, "'(' is never closed; add )"), ("x)", 2, "')' closes nothing; write ( before it"),
    ("x, y", 2, "',' stands only between a function's values; write one value"),
    ("sin + 1", 1, "'sin' is a function; write sin(...)"),
    ("1 + sin()", 5, "sin takes 1, not 0; write sin(a)"),
    ("pow(x)", 1, "pow takes 2, not 1; write pow(a, b)"),
    ("where(x < 1, 2)", 1, "where takes 3, not 2; write where(x > 0, a, b)"),
    ("where(x, 1, 2)", 7, "where needs a comparison; write where(x > 0, a, b)"),
    ("1 + (x < 2)", 6, NO_PLACE), ("where(0 < x < 2, 1, 2)", 7, NO_PLACE),
    ("sni(x)", 1, "'sni' is not known as a function; did you mean 'sin'?"),
    ("ln(x)", 1, "'ln' is not known as a function; did you mean 'log'?"),
    ("x(2)", 1, "'x' is not known as a function; write x*(...) for a product"),
    ("if x", 1, "'if' is Python's word; choose another name"),
    ("x.__class__", 2, f"'.' {NO_SIGN}"), ("\x1b[31mx", 1, f"U+001B {NO_SIGN}"),
    ('__import__("os")', 1,
     "'__import__' is no name; begin with a letter, go on with letters, digits and _"),
    ("x\N{MINUS SIGN}1", 2, "U+2212 is not read here; write -"),
    ("x\N{SUPERSCRIPT TWO}", 2, "U+00B2 is not read here; write **2"),
    ("x // 2", 3, "'//' is not read here; write /"),
    ("007", 1, "'007' begins with 0; write 7"), ("1e999999", 1, NO_FLOAT),
    ("x*1e-999999", 3, NO_FLOAT), ("9**9**9", 4, TOO_BIG), ("x**(10**3 + 1)", 5, TOO_BIG),
    ("pow(x, -1001)", 8, TOO_BIG), ("x**(pi**9)", 5, TOO_BIG),
    ("10**50", 1, "this has over 40 digits; write a decimal such as 1e50"),
    ("x + 1/0", 5, "this divides by zero, or no float holds it; change a number"),
    ("(-8)**0.5", 1, "a negative number has no such real power; change the base"),
    ("-" * 101 + "x", 101, TOO_DEEP), ("+".join(["x"] * 1002), 2002, TOO_DEEP),
    ("(" * 101 + "x" + ")" * 101, 101, TOO_DEEP), ("**".join(["x"] * 102), 302, TOO_DEEP),
    ("-(x" + "+1" * 998 + ")", 2000, TOO_DEEP),
    ("x" * 51, 1, "a name has at most 50 letters; shorten it"),
    ("9" * 41, 1, "a number has at most 40 digits, a decimal 100; write fewer"),
    (" " * 20_001, 20_001, "at most 20000 characters are read; write less"),
]
BAD = [
    *[text for text, _, _ in GOLDEN],
    '__import__("os").system("id")', "eval('1')", "exec('x')", "open('marker', 'w')",
    "sin(open('marker', 'w'))", "().__class__.__bases__[0]", "x.real", "x.__dict__", "x._",
    "getattr(x, 'y')", "[].append(1)", "__builtins__", "_", "__name__", "globals()", "x()",
    "lambda: 0", "lambda x: x", "(lambda)(x)", "x := 1", "(x := 1)", "x = 1", "x += 1", "x == 1",
    "[x for x in y]", "{x: 1}", "{x}", "{}", "[]", "x[0]", "x[::2]", "x[y]", "...", "x...y",
    "(x for x in y)", "sin(x for x in y)", "*x", "**x", "sin(*x)", "sin(**x)", "sin(x=1)",
    "f'{x}'", "f(x)", "rb'x'", "b''", "'x'", '"x"', "`x`", '"""x"""', "'", "f'{open(1)}'",
    "x;y", "x; import os", "import os", "x\nimport os", "pass", "return x", "yield", "await x",
    "not x", "x and y", "x or y", "x in y", "x is y", "x if y else z", "del x", "None", "True",
    "x % 2", "x @ y", "x & y", "x | y", "~x", "x << 2", "x >> 2", "x <> y", "x -> y", "x ! y",
    "x!", "x?", "$x", "x$", "#", "x # y", "\\", "x\\\ny", "x\\n", "@x", "%x", "x:", ":", "x=", "=",
    "1_000", "0b1", "0o7", "1j", "2.5J", "1e", "1e+", "1.2.3", "1..2", ".", "e.", "1e1.5",
    "00", "1L", "1e1e1", "0e", "--", "x-", "+", "*", "/", ",", "(", ")", ")(", "(()", "x ()",
    "sin(", "sin()", "sin(x", "sin(,)", "sin(x, y)", "sin x", "sin(x) cos(x)", "sin(x)(y)",
    "pi(2)", "e(1)", "pi pi", "2 3", "x 2", "2 x", "x y z", "x < y", "where(x < 1 < 2, 1, 2)",
    "where(1 < 2, x < 1, 2)", "where((x < 1) < 2, 1, 2)", "where()", "where(x<1)", "maximum(x)",
    "sin(sin)", "pow(pow, 2)", "where(where, 1, 2)", "sin(x).y", "sin[x]", "(sin)(x)", "sin(x<1)",
    "9**9**9**9", "2**10**10", "x**1001", "x**-1001", "x**1e9", "x**10**10", "2**1000",
    "pow(9, pow(9, 9))", "x**(2**(2**(2**(2**2))))", "((10**39)**9)**9", "(10**39)**1000",
    "1e300**2", "10.0**400", "1e308*10", "1e308 + 1e308", "x/(1/0)", "0**-1", "0.0**-1",
    "(-1)**(1/3)", "1/(pi - pi)", "9" * 5000, "0." + "1" * 200, "1e" + "9" * 5000,
    "x\0", "\0", "x\0y", "\x07x", "x\x7f", "x\x1b[2J", "\r\x00", "x\x0cy", "x\x0b+1", "\n", "\t",
    "\ufeffx", "x\u200b", "\u202ex", "\u03c0", "x\xd72", "\uff58", "\uff11", "\u0661", "\u2460",
    "\U0001d431", "e\u0301", "x\u2217y", "\xbd", "x\u00a0+ 1", "\u2028", "\ud800", "s\u0131n(x)",
    "(" * 9999, ")" * 9999, "sin(" * 5000, "-" * 6000 + "x", "-" * 20_000, "+" * 3000 + "x",
    "-(" * 51 + "x" + ")" * 51, "**".join("9" * 5000), "2**-" * 51 + "x", "-x**-" * 3000 + "x",
    "where(x<1,1," * 101 + "1" + ")" * 101, "[" * 9999, "+".join("x" * 9999), "x" + "*x" * 9999,
    "x" + "+1" * 500 + "*(x" + "+1" * 1001 + ")", "(" * 60 + "x" + ")+x*x" * 60 + "+x" * 900,
    "x" * 20_000, "x," * 9000, "x\n" * 9000, "sin(x)" * 3000, "'" * 20_000, "x" * 10**6,
]
# fmt: on


@pytest.mark.parametrize(
    ("text", "column", "message"), GOLDEN, ids=[text[:20] for text, _, _ in GOLDEN]
)
def test_a_refusal_says_what_where_and_the_mend(text, column, message):
    error = refusal(text)
    assert str(error) == f"column {column}: {message}"
    assert (error.column, error.text) == (column, text)
    assert isinstance(error, SymgradError)
    assert isinstance(error, ValueError)


@pytest.mark.parametrize("text", BAD, ids=lambda text: ascii(text)[:40])
def test_bad_text_is_refused_in_one_clean_line(text, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    error = refusal(text)
    message = str(error)
    assert message.isascii()
    assert message.isprintable(), "one line, and no control character"
    assert message.startswith(f"column {error.column}: ")
    assert "; " in message, "the mend"
    assert len(message) < 200
    assert 1 <= error.column <= len(text) + 1
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_a_refusal_is_quick_and_small():
    slowest, largest = ("", 0.0), ("", 0)
    late = "(x + 1)*" * 900 + "(y" + "*sin(x)" * 900 + ") + sni(x)"
    for text in [*BAD, late, "x + " * 900 + "1/0", "+".join(["1"] * 1000) + "/0"]:
        spent = min(seconds_to_refuse(text) for _ in range(3))
        slowest = max(slowest, (text[:30], spent), key=lambda pair: pair[1])
        tracemalloc.start()
        parse_or_refuse(text)
        largest = max(largest, (text[:30], tracemalloc.get_traced_memory()[1]), key=lambda p: p[1])
        tracemalloc.stop()
    assert slowest[1] < 0.1, slowest
    assert largest[1] < 100 * 2**20, largest


def seconds_to_refuse(text):
    start = time.perf_counter()
    assert parse_or_refuse(text).startswith("column ")
    return time.perf_counter() - start


UNDECLARED = [
    ("wieght*2", ["weight"], "column 1: 'wieght' is not known here; did you mean 'weight'?"),
    ("x + y", ["x", "z"], "column 5: 'y' is not known here; the names are: x, z"),
    ("x", [], "column 1: 'x' is not known here; the names are: none"),
    ("pie", ["x"], "column 1: 'pie' is not known here; did you mean 'pi'?"),
]


@pytest.mark.parametrize(("text", "names", "message"), UNDECLARED)
def test_an_undeclared_name_brings_the_nearest(text, names, message):
    assert str(refusal(text, names)) == message


UNFIT = [
    "sin",
    "pi",
    "e",
    "where",
    "lambda",
    "_x",
    "__class__",
    "x y",
    "",
    "1x",
    "\u03c0",
    "x" * 51,
]


@pytest.mark.parametrize("name", UNFIT)
def test_a_name_that_could_not_be_read_cannot_be_declared(name):
    error = refusal("1", [name])
    assert "cannot be declared" in str(error)
    assert str(error).isascii()


@pytest.mark.parametrize("thing", [5, None, b"x", ["x"]])
def test_only_text_is_read(thing):
    with pytest.raises(TypeError, match="an expression is a text, not "):
        parse(thing)


# a single value -----------------------------------------------------------------------------


VALUES = [
    *[("2", 2), ("-2", -2), ("+3", 3), ("0.1", 0.1), ("-1e-3", -1e-3), ("1/3", 1 / 3)],
    *[("-1/4", -0.25), ("pi", math.pi), ("-pi/2", -math.pi / 2), ("2*pi", 2 * math.pi)],
    *[("e**2", math.e**2), (" (1 + 2)*3 ", 9), ("2**10", 1024)],
]
NO_VALUES = [
    *[("x", 1), ("1 + x", 5), ("sqrt(2)", 1), ("1 + sin(pi)", 5), ("nan", 1), ("inf", 1)],
    *[("1,2", 2), ("[1]", 1), ("", 1), ("1/0", 1), ("pi/(pi-pi)", 1), ("(-pi)**pi", 1)],
    *[("True", 1), ("1 < 2", 1), ("where(1 < 2, 1, 2)", 7), ("10**99", 1), ("1e999", 1)],
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_a_value_is_computed_as_python_does(text, value):
    got = read_value(text)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(("text", "column"), NO_VALUES)
def test_anything_else_is_no_value(text, column):
    with pytest.raises(ParseError) as caught:
        read_value(text)
    assert caught.value.column == column


# whatever the text --------------------------------------------------------------------------

SIGNS = st.sampled_from(
    [
        *FUNCTIONS,
        *"xyze(),+-*/<>=!.^ 0123456789",
        "**",
        "pi",
        "where(x<1,",
        "1e5",
        "\n",
        "sin(",
        "_",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(SIGNS, max_size=40).map("".join)))
def test_text_is_read_or_refused_and_nothing_else(text):
    expression, error = outcome(parse, text)
    if error:
        assert str(error).isascii()
        assert str(error).isprintable()
        assert 1 <= error.column <= len(text) + 1
        return
    index = -1
    for index, step in enumerate(expression.steps):
        earlier = [operand for operand in step.operands if isinstance(operand, int)]
        assert all(0 <= operand < index for operand in earlier)
        assert 1 <= step.columns[0] <= step.columns[1] <= len(text)
    assert isinstance(expression.result, (str, Number)) or expression.result == index


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30))
def test_a_value_is_read_or_refused_and_nothing_else(text):
    value, error = outcome(read_value, text)
    assert str(error).isprintable() if error else math.isfinite(value)


def outcome(reader, text):
    try:
        return reader(text), None
    except ParseError as error:
        return None, error


def combined(parts):
    """Texts in full brackets, each with its value at x = 0.7, computed beside it."""
    two = st.tuples(parts, parts)
    return st.one_of(
        parts.map(lambda a: (f"(-{a[0]})", -a[1])),
        parts.map(lambda a: (f"sin({a[0]})", math.sin(a[1]))),
        two.map(lambda ab: (f"({ab[0][0]} + {ab[1][0]})", ab[0][1] + ab[1][1])),
        two.map(lambda ab: (f"({ab[0][0]} - {ab[1][0]})", ab[0][1] - ab[1][1])),
        two.map(lambda ab: (f"({ab[0][0]} * {ab[1][0]})", ab[0][1] * ab[1][1])),
        two.map(lambda ab: (f"where({ab[0][0]} < {ab[1][0]}, 1, 2)", 2 - (ab[0][1] < ab[1][1]))),
    )


LEAVES = st.one_of(
    st.just(("x", X)),
    st.integers(0, 99).map(lambda n: (str(n), n)),
    st.floats(0.01, 99).map(lambda v: (repr(v), v)),
)


@settings(max_examples=200, deadline=None)
@given(st.recursive(LEAVES, combined, max_leaves=12))
def test_a_drawn_expression_has_the_value_computed_beside_it(case):
    text, expected = case
    expression = read(text, ["x"])
    assert math.isclose(expression.evaluate(compute, {"x": X}), expected, rel_tol=1e-12)
