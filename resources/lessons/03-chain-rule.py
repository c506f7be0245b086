"""The chain rule

Each node multiplies the gradient that arrives by its own derivative and passes the product on. Step
through the backward pass and watch one factor join at a time.
"""

import torch

x = torch.tensor(0.5, requires_grad=True)

a = x**2
b = torch.sin(a)
c = torch.exp(b)
c.backward()

# by hand: dc/dx = exp(b) · cos(a) · 2x
by_hand = torch.exp(b) * torch.cos(a) * 2 * x
print(x.grad.item(), by_hand.item())
