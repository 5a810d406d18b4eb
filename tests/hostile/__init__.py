"""A fuzz target for each reader: ``python -m tests.hostile --minutes 8`` runs all of them, ``pytest`` a few seconds.

The inputs are made by Hypothesis, which knows the syntax and the keys and shrinks what it finds. atheris has a wheel
for Python 3.11, but is not used: it takes one target a process, which it ends at the first fault, and mutates bytes
that mostly fail in the first lines of a parser.
"""
