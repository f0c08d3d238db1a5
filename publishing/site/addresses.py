"""Where pages stand: one address for each, in Vietnamese below vi/ and in English below en/.

Belongs here: names of folders in both languages and the way from one page to another. Does not belong here: what a page
shows.
"""

from __future__ import annotations

from dataclasses import dataclass

CODES = ("vi", "en")
_SEGMENTS = {
    "releases": ("ky", "releases"),
    "latest": ("moi-nhat", "latest"),
    "provinces": ("tinh", "provinces"),
    "units": ("don-vi", "units"),
    "methodology": ("phuong-phap", "methodology"),
    "glossary": ("tu-dien", "glossary"),
    "data": ("du-lieu", "data"),
    "revisions": ("sua-doi", "revisions"),
    "sources": ("nguon", "sources"),
    "half": ("nua-nam", "half-year"),
    "quarter": ("quy", "quarter"),
    "month": ("thang", "month"),
}
INDEX = "index.html"


@dataclass(frozen=True, slots=True)
class Address:
    """A page in every language: `Address("releases", "2025-W46")` is vi/ky/2025-W46/ and en/releases/2025-W46/.

    A last part with a dot is a file, not a folder.
    """

    parts: tuple[str, ...]

    def path(self, language: str) -> str:
        """What is asked of the server, without a slash before it: `vi/ky/2025-W46/`, `vi/sua-doi/atom.xml`."""
        at = CODES.index(language)
        path = "/".join([language, *(_SEGMENTS[part][at] if part in _SEGMENTS else part for part in self.parts)])
        return path if self.parts and "." in self.parts[-1] and self.parts[-1][-1].isalpha() else path + "/"

    def file(self, language: str) -> str:
        """The file below the site's folder."""
        path = self.path(language)
        return path + INDEX if path.endswith("/") else path


def address(*parts: str) -> Address:
    return Address(parts)


def way_up(path: str) -> str:
    """From a page to the site's folder: `../../` for vi/ky/."""
    return "../" * path.count("/")
