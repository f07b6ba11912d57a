"""A value doubled until its norm passes 1000: the trace keeps the path that the loop took."""

import symgrad as sg

x = sg.tensor([0.5, -1.25, 2.0], requires_grad=True)
y = x * 2
doublings = 1
while y.norm() < 1000:
    y = y * 2
    doublings += 1
print(f"doubled {doublings} times: {y.tolist()}")

v = sg.tensor([0.1, 1.0, 0.0001])
y.backward(v)
print("pulled back along v:", x.grad)

cf = sg.closed_form(y, x)
print(str(cf).splitlines()[0])
print(f"this holds while {len(cf.guards)} conditions do; the last is")
print(" ", cf.guards[-1])
