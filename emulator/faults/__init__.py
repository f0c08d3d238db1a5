"""Faults: the ways in which a portal's figures and a vendor's dossiers go wrong, each small, named and documented.

Belongs here: faults and their injection into the emulated exports. Does not belong here: how they are caught (checks).

    fault.py        what a fault is
    counters.py     the portal's counter; counting.py: the counter as a fault finds it
    tables.py       the portal's score tables
    dossiers.py     dossiers as vendors send them
    files.py        the file of dossiers as a whole; landed.py: files as a fault finds them
    catalogue.py    all of them by name
    inject.py       when and where
"""
