"""The site: what was published, as plain pages in Vietnamese and English that any web server can carry.

Belongs here: reading what was published once, deriving what its pages say, drawing, templates, and writing the files.
Does not belong here: computing a score or a rank, deciding what is published, the bulletin, the workbook, the interface.

A page needs no script and loads nothing from another place; its links are relative, so that the folder may stand anywhere.
"""
