"""A function of your own

With autograd.Function you write both directions yourself. What forward saves, backward finds again;
a wrong factor here is a wrong gradient, and nothing warns you.
"""

import torch


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * 3 * x**2


x = torch.tensor(2.0, requires_grad=True)
y = Cube.apply(x)
y.backward()

print(x.grad)
