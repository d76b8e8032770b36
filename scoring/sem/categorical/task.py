"""What an estimation of a model of ordinal variables works on."""

from dataclasses import dataclass

from scoring.sem.categorical.data import Answers, GroupSample
from scoring.sem.categorical.options import CategoricalOptions
from scoring.sem.categorical.problem import CategoricalProblem
from scoring.sem.categorical.table import CategoricalTable
from scoring.sem.problem import Restriction


@dataclass(frozen=True, slots=True, eq=False)
class CategoricalTask:
    """Everything an estimation works on, gathered once."""

    whole: CategoricalTable
    problem: CategoricalProblem
    held: Restriction
    answers: Answers
    samples: tuple[GroupSample, ...]
    options: CategoricalOptions

    @property
    def npar(self) -> int:
        """Free parameters within the constraints."""
        return self.held.basis.shape[1] + int(self.whole.own_threshold.sum())

    @property
    def df(self) -> int:
        """Fitted moments less fitted parameters."""
        return len(self.problem.target.values) - self.held.basis.shape[1]
