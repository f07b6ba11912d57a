"""What happened: storage, nodes, walks, tensors, reverse and forward mode."""
