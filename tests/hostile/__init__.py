"""A fuzz target for each reader: ``python -m tests.hostile --minutes 8`` runs all of them, ``pytest`` a few seconds.

By hand atheris makes the inputs, where it is installed (``pip install -e '.[fuzz]'``; it has wheels for some Pythons
and platforms only): it is guided by the edges of our code that an input covers, and starts with valid inputs and with
those of Hypothesis. Elsewhere, and in the tests, Hypothesis makes them, which knows the syntax and the keys.

What once showed a fault is kept, small, in ``regressions/TARGET/``; the tests replay it.
"""
