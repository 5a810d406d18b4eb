"""Runs under hostile conditions: ``python -m tests.hostile --chaos 200``, ``pytest`` five.

A round is a graph of 50 processes that crash, flood, leave their sessions and ignore signals, and a few runs of it with
readers that do not read, a journal that is locked, and kills at random moments. An oracle of its own, which knows only
what the processes wrote down themselves, then demands that nothing was lost, hung, ran twice or was orphaned.
"""
