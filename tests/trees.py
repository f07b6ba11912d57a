"""Short makers of trees, for tests of the notations."""

from __future__ import annotations

import sympy as sp

from symgrad.symbolic.notation.tree import Call, Tree


def t(head, *args, value=None):
    return Tree(head, args, value)


def num(p, q=1):
    return t("number", value=sp.Rational(p, q))


def let(name):
    return t("letter", value=name)


def index(name):
    return t("index", value=name)


def entry(array, *places):
    array = let(array) if isinstance(array, str) else array
    return t("entry", array, *(index(p) if isinstance(p, str) else p for p in places))


def neg(part):
    return t("negative", part)


def add(*parts):
    return t("sum", *parts)


def mul(*parts):
    return t("product", *parts)


def call(word, *args, **params):
    return t("call", *args, value=Call(word, tuple(params.items())))


def rel(a, sign, b):
    return t("relation", a, b, value=sign)


def tr(part):
    return t("transpose", part)
