"""Who can read a rule: numbers of several backends, elements, digits, tensors of any size."""
