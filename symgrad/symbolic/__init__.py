"""The formula: naming, lowering, lets, closed forms, the reader of expressions, and printers."""
