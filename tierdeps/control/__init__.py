"""The control socket of a running instance, through which its owner stops and reloads it."""
