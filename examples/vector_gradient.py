"""c = 2a⁶ - b⁹ is a vector: backward asks along which direction."""

import symgrad as sg

a = sg.tensor([2.0, 3.0], requires_grad=True)
b = sg.tensor([6.0, 4.0], requires_grad=True)
c = 2 * a**6 - b**9

try:
    c.backward()
except sg.ShapeError as error:
    print(str(error).splitlines()[0])

c.backward(gradient=sg.tensor([1.0, 1.0]))
print("c      =", c.tolist())
print("a.grad =", a.grad.tolist(), "which is 12 a^5:", bool((a.grad == 12 * a.detach() ** 5).all()))
print("b.grad =", b.grad.tolist(), "which is -9 b^8:", bool((b.grad == -9 * b.detach() ** 8).all()))
print("dc/da:", sg.closed_form(c, a))
