"""What each page prints, as frozen data: one context per template."""

from reports.contexts.diagnostic import DiagnosticContext, diagnostic_context
from reports.contexts.index import IndexContext, IndexEntry, WithheldUnit, index_context, index_entry

__all__ = [
    "DiagnosticContext",
    "IndexContext",
    "IndexEntry",
    "WithheldUnit",
    "diagnostic_context",
    "index_context",
    "index_entry",
]
