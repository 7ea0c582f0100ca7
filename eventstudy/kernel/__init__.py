"""The same numbers for a million observations: running sums and compiled loops in place of gathered windows.

Nothing is defined here. Every number is that of ``models``, ``abnormal`` and ``inference``, which stay the reference
that tests compare with; an observation that running sums cannot do justice is handed back to them.
"""
