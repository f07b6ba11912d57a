"""Functions of PyTorch's dialect that are made of several rules, by what they are about."""
