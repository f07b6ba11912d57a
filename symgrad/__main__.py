"""`python -m symgrad`, the same door as the `symgrad` command; nobody imports this."""

from symgrad.cli.main import main

raise SystemExit(main())
