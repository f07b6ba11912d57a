"""The doors: modules that people import by name, tables only."""
