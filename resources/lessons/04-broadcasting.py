"""Broadcasting

The row is used once for every line of the table, so its gradient is the sum over those lines: what
was spread on the way forward is added up on the way back.
"""

import torch

table = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
row = torch.tensor([10.0, 20.0, 30.0], requires_grad=True)

product = table * row
total = product.sum()
total.backward()

print(table.grad)
print(row.grad)
