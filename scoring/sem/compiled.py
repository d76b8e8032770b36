"""Loops compiled to machine code."""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile at the first call; outside the interpreter's lock, with NumPy's rules for division by zero.

    The machine code is kept in a cache; where no folder can be written there is none, and every process compiles anew.
    """
    try:
        return njit(function, nogil=True, error_model="numpy", cache=True)
    except RuntimeError:  # Numba: "cannot cache function: no locator available"
        return njit(function, nogil=True, error_model="numpy")
