"""The licence under which the published data stand: one place for the site, the files and the interface.

Belongs here: its name and address. Does not belong here: the software's own licence (LICENSE).
"""

from __future__ import annotations

NAME, SHORT = "CC-BY-4.0", "CC BY 4.0"
TITLE_VI = "Creative Commons Ghi công 4.0 Quốc tế"
TITLE_EN = "Creative Commons Attribution 4.0 International"
URL = "https://creativecommons.org/licenses/by/4.0/"
