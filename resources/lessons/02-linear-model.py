"""A linear model learns

One pass forward, one pass back, one small step against the gradient; a hundred times over. Choose
the pass that you want to look at above the graph.
"""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
y = 2 * x

model = nn.Linear(1, 1)
mean_squared_error = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

for epoch in range(100):
    loss = mean_squared_error(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

print(f"loss {loss.item():.4f}")
print(f"5 → {model(torch.tensor([[5.0]])).item():.2f}")
