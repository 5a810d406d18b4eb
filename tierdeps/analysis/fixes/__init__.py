"""Fixes of findings. Each is tried: applied to the declarations, and offered with what was verified in the new graph.

``trial`` applies a change and compares the errors of both graphs, which ``error_set`` collects and ``consequences``
puts into words. ``cycle`` and ``inversion`` compute the fixes of these findings, ``providers``, ``disabling`` and
``names`` single kinds of change for any rule, and ``places`` says where a change is to be written.
"""
