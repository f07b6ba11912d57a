"""The command ``symgrad``: reads what was typed, refuses in one line, prints; nobody imports this.

The expression and its values are read before anything heavy is imported, so that a refusal comes at
once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import click
import numpy as np

from symgrad.cli.installed import describe
from symgrad.cli.values import NoValue, read_values
from symgrad.errors import FormulaError, ParseError, SymgradError
from symgrad.symbolic.parser import LENGTH, Expression, parse
from symgrad.tracing.creation import tensor

AGREES, DIFFERS, BAD_INPUT = 0, 1, 2

# No option has a short name, so an expression may begin with a minus sign.
_TEXT = {"ignore_unknown_options": True}
_EXPRESSION = click.argument("expression")
_AT = click.option(
    "--at", "at", multiple=True, metavar="NAME=NUMBER",
    help="Where to differentiate; once for each name of the expression, or x=2,y=3.",
)  # fmt: skip
_SINGLE = click.option(
    "--float32", "single", is_flag=True, help="Compute in float32 (else in float64)."
)


@click.group(context_settings={"max_content_width": 100})
@click.version_option(
    version=sys.modules["symgrad"].__version__, prog_name="symgrad", message="%(prog)s %(version)s"
)
def symgrad() -> None:
    """Differentiate an expression, show the work, and check it.

    Exit codes: 0 the routes agree, 1 they differ, 2 the input was not understood.
    """


@symgrad.command(context_settings=_TEXT)
@_EXPRESSION
@_AT
@_SINGLE
def explain(expression: str, at: tuple[str, ...], single: bool) -> int:
    """Print the derivative of EXPRESSION step by step, its closed form, and the verdict.

    EXPRESSION is text such as "2*x**4 + sin(x*y)"; - reads it from standard input. It may hold
    numbers, names, + - * / **, brackets, pi, e, and functions such as sin, exp, sqrt, where.
    """
    f, values = _read(expression, at, single)
    from symgrad.derivations.steps import explain as derive
    from symgrad.derivations.text import section

    with np.errstate(all="ignore"):  # a value out of the domain is said by the verdict
        derivation = derive(f, *values)
        click.echo(f"{' '.join(f.text.split())}\n")
        click.echo(derivation.text())
        if not f.names:
            return AGREES  # a number has no derivative to check
        report = _verdict(f, values)
    click.echo("\n" + section("verdict", str(report).splitlines()))
    return AGREES if report.ok else DIFFERS


@symgrad.command(context_settings=_TEXT)
@_EXPRESSION
@_AT
@_SINGLE
def check(expression: str, at: tuple[str, ...], single: bool) -> int:
    """Print only the verdict on the gradient of EXPRESSION."""
    f, values = _read(expression, at, single)
    if not f.names:
        raise click.UsageError("the expression has no names: there is no gradient to check")
    with np.errstate(all="ignore"):
        report = _verdict(f, values)
    click.echo(str(report))
    return AGREES if report.ok else DIFFERS


@symgrad.command()
def info() -> int:
    """Print versions, and what is installed."""
    click.echo(describe())
    return AGREES


def _read(text: str, at: tuple[str, ...], single: bool) -> tuple[Expression, list[Any]]:
    """The expression, and one tensor for each of its names."""
    if text == "-":
        # More than the reader takes, so that it is the reader who refuses a long text.
        text = sys.stdin.buffer.read(4 * LENGTH).decode("utf-8", "replace").rstrip("\r\n")
    f = parse(text)
    numbers = read_values(f, at)
    dtype = np.dtype("float32" if single else "float64")
    return f, [
        tensor(float(number), dtype=dtype, requires_grad=True, name=name)
        for name, number in numbers.items()
    ]


def _verdict(f: Callable[..., Any], values: list[Any]) -> Any:
    from symgrad.verification.crosscheck import crosscheck

    return crosscheck(f, *values)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the number that it exits with.

    Takes   arguments: those of the command line, unless given.

    >>> main(["explain", "2*x +", "--at", "x=2"])
    2
    """
    try:
        code = symgrad.main(arguments, prog_name="symgrad", standalone_mode=False)
        return int(code or 0)
    except FormulaError as error:
        return _refuse(str(error), DIFFERS)
    except (ParseError, NoValue) as error:
        return _refuse(str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return BAD_INPUT
    except click.ClickException as error:
        return _refuse(error.format_message())
    except SymgradError as error:
        return _refuse(str(error))
    except click.Abort:
        return _refuse("stopped")


def _refuse(message: str, code: int = BAD_INPUT) -> int:
    """One line on standard error, with nothing in it that a terminal would act on."""
    line = message.splitlines()[0] if message else "nothing was said"
    plain = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
    click.echo(f"symgrad: {plain}", err=True)
    return code
