"""The model language: lavaan's syntax (Rosseel 2012, J. Stat. Software 48(2)) read into a frozen tree."""

from scoring.sem.syntax.errors import ModelSyntaxError
from scoring.sem.syntax.expressions import Expression, derivative, evaluate, gradient, names
from scoring.sem.syntax.parser import parse
from scoring.sem.syntax.statements import Block, Constraint, Define, Level, Model, Modifier, Statement, Term

__all__ = [
    "Block",
    "Constraint",
    "Define",
    "Expression",
    "Level",
    "Model",
    "ModelSyntaxError",
    "Modifier",
    "Statement",
    "Term",
    "derivative",
    "evaluate",
    "gradient",
    "names",
    "parse",
]
