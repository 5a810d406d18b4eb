"""How a run started, as a picture."""
