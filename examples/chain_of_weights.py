"""A chain of weights with a squared loss: what every layer of a network does, one number each."""

import symgrad as sg

x, target = 1.5, 0.25
weights = [
    sg.tensor(w, requires_grad=True, name=f"w{i}") for i, w in enumerate([0.8, -0.6, 1.1], 1)
]

h = x
for w in weights:
    h = sg.tanh(w * h)
loss = (h - target) ** 2
loss.backward()
print("loss:", round(loss.item(), 6))
for w in weights:
    print(f"d loss / d {w.name} = {w.grad.item():+.6f}")

rate = 0.5
for _ in range(200):
    for w in weights:
        w.grad = None
    h = x
    for w in weights:
        h = sg.tanh(w * h)
    loss = (h - target) ** 2
    loss.backward()
    with sg.no_grad():
        for w in weights:
            w -= rate * w.grad
print("loss after 200 steps is below 1e-6:", loss.item() < 1e-6)
