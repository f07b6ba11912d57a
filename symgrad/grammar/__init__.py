"""How a rule is written: kinds, domains, spellings, primitives, plans, the algebra's contract."""
