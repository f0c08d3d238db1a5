"""The web application: the stewards' desk behind a login.

Belongs here: pages, sessions, what a browser may send. Does not belong here: deciding (resources/review.py), what follows
(assets/review.py), reading figures (publishing). No page needs a script or anything from outside.
"""
