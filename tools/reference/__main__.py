"""Write each reference page anew: `python -m tools.reference`."""

from tools.reference.pages import PAGES

for path, page in PAGES.items():
    path.write_text(page.text(), encoding="utf-8")
