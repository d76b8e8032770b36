"""Loops compiled to machine code."""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit
from numba.extending import register_jitable

Function = TypeVar("Function", bound=Callable[..., Any])

# Outside the interpreter's lock, with NumPy's rules for division by zero, without an entry for callers written in C.
OPTIONS = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}


def compiled(function: Function) -> Function:
    """Compile at the first call.

    The machine code is kept in a cache; where no folder can be written there is none, and every process compiles anew.
    """
    try:
        return njit(function, cache=True, **OPTIONS)
    except RuntimeError:  # Numba: "cannot cache function: no locator available"
        return njit(function, **OPTIONS)


def inner(function: Function) -> Function:
    """Compile as a part of compiled callers; called from Python it is the Python function it was.

    Saves the entry for Python, which takes longer to compile than a small loop does.
    """
    return register_jitable(no_cpython_wrapper=True, **OPTIONS)(function)
