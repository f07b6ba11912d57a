"""The same program on the CPU or a GPU: only `.to(device)` knows which."""

import symgrad as sg

device = sg.device("cuda" if sg.cuda.is_available() else "cpu")

x = sg.tensor(4.0, requires_grad=True)
z = x.to(device)
y = z * z + 3 * z + 1
y.backward()
print("y     =", y.item())
print("dy/dx =", x.grad.item(), "by", sg.closed_form(y, x))
print("the gradient lies where x does:", x.grad.device)
