"""Write the experiments' schema and each reference page anew: `python -m tools.reference`."""

from ironclad.adapters.experiments.reader import experiment_schema_text
from ironclad.settings import PROJECT
from tools.reference.faults import SOURCE
from tools.reference.pages import PAGES

(PROJECT / SOURCE).write_text(experiment_schema_text(), encoding="utf-8")
for path, page in PAGES.items():
    path.write_text(page.text(), encoding="utf-8")
