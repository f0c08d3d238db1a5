"""The door to the portal: asking its interfaces over HTTP, and laying what they say into the landing folder.

Belongs here: the client, what an answer must look like, paging, downloads, what is kept of a pull that was stopped. Does
not belong here: taking exports in (resources/door.py) or judging their figures (checks): what was pulled goes the same way
as a file that somebody dropped.

    settings.py    what an office may set          errors.py    what can go wrong, each by its name
    client.py      one request                     answers.py   one answer: is it what was asked for?
    paging.py      all pages of one interface      staging.py   what a stopped pull leaves, to go on from
    evaluation.py  counts, procedures (2026)       score_tables.py  score tables (2025)
    files.py       the file export: list, download, join
    feeds.py       which exports a week has        landing.py   the way into the landing folder
    pulling.py     all of it, feed by feed         news.py      has the portal anything newer?
"""
