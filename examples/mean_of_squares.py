"""The mean of 2(3x + 2)² over a matrix: a gradient with the shape of its operand."""

import symgrad as sg

x = sg.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]], requires_grad=True)
out = (2 * (3 * x + 2) ** 2).mean()
out.backward()
print(out)
print(x.grad)

print("the derivative in the entry i, j:")
print(sg.closed_form(out, x))
print("entry by entry:")
print(sg.closed_form(out, x, notation="element"))
print("the second derivative in the first entry, twice:")
print(sg.closed_form(out, x, x, notation="element").sympy()[0, 0, 0, 0])
