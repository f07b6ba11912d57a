"""``make gpu-check``: all that needs a card, in one command and one process."""
