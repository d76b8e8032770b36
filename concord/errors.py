"""From an exception a user can cause to the sentence and exit code the user gets."""

import errno

import click


class RequestError(ValueError):
    """What was asked for cannot be had from these data; the message says why and what there is."""


class SettingError(RequestError):
    """An option has a value that these data do not allow."""


def explain(error: Exception) -> click.ClickException | None:
    """The error as click shows it, exit code included; None for a defect of Concord, which deserves its traceback."""
    if isinstance(error, click.ClickException | click.exceptions.Exit | click.Abort | BrokenPipeError):
        return None
    if isinstance(error, OSError):
        return click.ClickException(_operating_system(error))
    if isinstance(error, SettingError):
        return click.UsageError(str(error))
    if isinstance(error, RequestError):
        return click.ClickException(str(error))
    if isinstance(error, MemoryError):
        return click.ClickException("There is not enough memory for these data. Take one wave at a time with --wave.")
    from instrument.faults import DataError
    from instrument.languages import UnknownLanguageError
    from instrument.loading import InstrumentError
    from scoring.validation.errors import StudyError

    if isinstance(error, UnknownLanguageError):
        return click.UsageError(str(error))
    if isinstance(error, DataError) and len(error.faults) > 1:
        listed = str(error).replace("\n", "\n  ")
        return click.ClickException(f"{len(error.faults)} faults; nothing was written.\n  {listed}")
    if isinstance(error, DataError | InstrumentError | StudyError):
        return click.ClickException(str(error))
    return None


_ADVICE = {
    errno.ENOENT: "there is no such file or folder. Check the path.",
    errno.EACCES: "access is not permitted. Change its permissions or choose another place.",
    errno.EPERM: "the operation is not permitted. Change its permissions or choose another place.",
    errno.EROFS: "this place can only be read. Choose another --out.",
    errno.ENOSPC: "the disk is full. Free some space and run the command again.",
    errno.EDQUOT: "your disk quota is used up. Free some space and run the command again.",
    errno.ENOTDIR: "a file stands where a folder is needed. Choose another path.",
    errno.EEXIST: "a file stands where a folder is needed. Choose another path.",
    errno.EISDIR: "a folder stands where a file is needed. Choose another path.",
    errno.ENAMETOOLONG: "the name is too long. Choose a shorter one.",
}


def _operating_system(error: OSError) -> str:
    if error.errno is None:
        return str(error)
    advice = _ADVICE.get(error.errno, f"{error.strerror}. Choose another place or try again.")
    place = error.filename2 or error.filename  # the second is the target of a move
    return f"{place}: {advice}" if place else advice[0].upper() + advice[1:]
