"""d = 2 sin(a) + 1 on 25 points, summed; its gradient 2 cos(a) drawn beside it."""

import sys
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # a file, no window
import matplotlib.pyplot as plt
import numpy as np

import symgrad as sg

a = sg.linspace(0.0, 2 * np.pi, 25, requires_grad=True)
d = 2 * sg.sin(a) + 1
total = d.sum()
total.backward()
print("sum of d:", round(total.item(), 4))
print("gradient is 2 cos(a):", bool(sg.allclose(a.grad, 2 * sg.cos(a.detach()), atol=1e-6)))
print("in the entry i:", sg.closed_form(total, a))

figure, axes = plt.subplots()
axes.plot(a.detach(), d.detach(), label="2 sin(a) + 1")
axes.plot(a.detach(), a.grad, label="its gradient")
axes.legend()
given = sys.argv[1:]
path = Path(given[0] if given else tempfile.gettempdir()) / "sine.png"
figure.savefig(path)
print("drawn in", path.name)
