"""The paper engine: templates and plain data become tagged PDFs, in processes that can be lost.

`workers.Paper` is what the rest of the product uses; the other modules run inside its workers.
"""
