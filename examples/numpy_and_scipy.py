"""A NumPy function, written without a thought of symgrad, minimised by SciPy with its gradient."""

import numpy as np
from scipy.optimize import minimize

import symgrad as sg


def rosenbrock(x):
    """Written for NumPy arrays; it knows nothing of gradients."""
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


value_and_gradient = sg.func.value_and_grad(rosenbrock)


def objective(x):
    """What SciPy calls: a float and an array."""
    value, gradient = value_and_gradient(x)
    return value.item(), gradient.numpy()


start = np.array([-1.2, 1.0])
print("value at the start:", rosenbrock(start))
result = minimize(objective, start, jac=True, method="BFGS")
print("found the minimum:", result.success, np.round(result.x, 6))

print("the gradient that SciPy was given:")
print(sg.closed_form(rosenbrock, start, wrt="x", notation="element"))
print("checked:", sg.crosscheck(rosenbrock, start).verdict)
