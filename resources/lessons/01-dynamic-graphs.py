"""Dynamic graphs

The graph is built while the code runs. Each operation leaves a node that knows how to send
gradients back.
"""

import torch

# leaves: what we differentiate by
x = torch.tensor(2.0, requires_grad=True)
y = torch.tensor(3.0, requires_grad=True)

z = x * y + y**2
z.backward()

print(x.grad, y.grad)
