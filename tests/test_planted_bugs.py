"""Bugs planted on purpose in the machine, and the test that must fail on each; pytest runs it.

``test_planted_rules`` and ``test_mutations`` do the same to rules.
"""

import numpy as np
import pytest
import test_autograd
import test_hooks
import test_masks
import test_transforms
import test_views

import symgrad as sg
from symgrad import modes
from symgrad.grammar import masks
from symgrad.tracing import hooks, running, storage, walks, writing


def fails(test, *args):
    """Run a test that must fail: with an assertion, a refusal, or one that did not come."""
    with pytest.raises((AssertionError, sg.SymgradError, pytest.fail.Exception)):
        test(*args)


def test_a_view_that_forgets_its_base(monkeypatch):
    test_views.test_views_of_one_base_change_together()
    monkeypatch.setattr(writing, "_whole", lambda *args: None)
    fails(test_views.test_views_of_one_base_change_together)


def test_views_that_are_not_written_anew(monkeypatch):
    monkeypatch.setattr(writing, "_regenerate", lambda *args: None)
    fails(test_views.test_views_of_one_base_change_together)


def test_a_version_that_is_not_bumped(monkeypatch):
    test_autograd.test_a_stale_value_is_refused()
    monkeypatch.setattr(storage.Storage, "written", lambda self, where, recorded=False: None)
    fails(test_autograd.test_a_stale_value_is_refused)


def test_a_hook_that_runs_twice(monkeypatch):
    test_hooks.test_every_hook_runs_once_a_backward()
    once = hooks.attended

    def twice(*args):
        once(*args)
        return once(*args)

    monkeypatch.setattr(walks, "attended", twice)
    fails(test_hooks.test_every_hook_runs_once_a_backward)


def test_a_mask_that_is_lost_at_accumulation(monkeypatch):
    name = "two branches of one root"

    def test(name):
        with np.errstate(all="ignore"):
            test_masks.test_slopes_of_both_orders_and_both_modes(name)

    test(name)

    def lost(self, other):
        return self.value + masks.plain(other)

    monkeypatch.setattr(masks.Masked, "__add__", lost)
    fails(test, name)


def test_a_mode_that_leaks_out_of_an_exception(monkeypatch):
    test_autograd.test_a_mode_ends_with_an_exception("no_grad")
    leave = modes._Mode.__exit__

    def leaking(self, kind, error, trace):
        return None if kind is not None else leave(self, kind, error, trace)

    monkeypatch.setattr(modes._Mode, "__exit__", leaking)
    before = modes.MODE.get()
    try:
        fails(test_autograd.test_a_mode_ends_with_an_exception, "no_grad")
    finally:
        modes.MODE.set(before)
        modes._OPEN.set(())


def test_perturbations_that_are_confused(monkeypatch):
    test_transforms.test_the_argument_of_an_inner_jvp_is_another()

    def shared(name, value):  # an inner level differentiates the outer level's own argument
        given = sg.as_tensor(value)
        return given if given.requires_grad else given.clone().requires_grad_()

    monkeypatch.setattr(running, "_fresh", shared)
    fails(test_transforms.test_the_argument_of_an_inner_jvp_is_another)
