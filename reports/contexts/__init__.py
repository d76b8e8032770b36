"""What each page prints, as frozen data: one context per template."""

from reports.contexts.board import BoardContext, board_context
from reports.contexts.diagnostic import DiagnosticContext, diagnostic_context
from reports.contexts.index import IndexContext, IndexEntry, UnitPages, WithheldUnit, index_context, index_entry
from reports.contexts.respondent import RespondentContext, respondent_context
from reports.contexts.technical import TechnicalContext, technical_context

__all__ = [
    "BoardContext",
    "DiagnosticContext",
    "IndexContext",
    "IndexEntry",
    "RespondentContext",
    "TechnicalContext",
    "UnitPages",
    "WithheldUnit",
    "board_context",
    "diagnostic_context",
    "index_context",
    "index_entry",
    "respondent_context",
    "technical_context",
]
