"""How the documentation is built: ``sphinx-build -W docs build/docs``."""

from __future__ import annotations

import sys
from pathlib import Path

from tierdeps import __version__

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

from tierdeps_pages import live_pages  # noqa: E402  it stands beside this file
from tierdeps_reference import code_pages, command_pages  # noqa: E402  it stands beside this file
from tierdeps_schemas import schema_pages  # noqa: E402

project = "tierdeps"
author = "The tierdeps developers"
copyright = author  # noqa: A001  Sphinx's name
version = release = __version__
extensions = [
    "sphinx.ext.autodoc",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_design",
    "tierdeps_chart",
    "tierdeps_graphs",
    "tierdeps_keys",
    "tierdeps_reference",
    "tierdeps_schemas",
    "tierdeps_terminal",
    "tierdeps_timelines",
]
exclude_patterns = ["ci", "man", "_build"]
nitpicky = True
#: Names in annotations that are documented nowhere by themselves, or by others.
nitpick_ignore_regex = [("py:.*", r"(?!tierdeps_).*")]
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
python_use_unqualified_type_names = True
highlight_language = "text"
#: Two hyphens begin an option, and are no dash.
smartquotes = False
#: What is copied of a console: the commands.
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
html_theme = "furo"
html_static_path = ["_static"]
html_extra_path = [str(live_pages(HERE))]
html_css_files = ["tierdeps.css"]
html_title = f"tierdeps {version}"
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
command_pages(HERE)
code_pages(HERE)
schema_pages(HERE)
man_pages: list[tuple[str, str, str, str, int]] = []  # docs/_ext/man_pages.py makes them
