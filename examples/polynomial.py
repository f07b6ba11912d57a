"""A polynomial at x = 2: the number, the formula, the steps, and the verdict on all of them."""

import symgrad as sg


def f(x):
    return 2 * x**4 + x**3 + 3 * x**2 + 5 * x + 1


x = sg.tensor(2.0, dtype=sg.float64, requires_grad=True)
y = f(x)
y.backward()
print("f(2)  =", y.item())
print("f'(2) =", x.grad.item())
print("f'(x) =", sg.closed_form(y, x))
print("f''(x) =", sg.closed_form(y, x, x))

print()
print(sg.explain(y, x))

report = sg.crosscheck(f, x)
print()
print(report)
assert report.ok
