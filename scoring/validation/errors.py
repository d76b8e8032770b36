"""What a user can cause where studies are made and read."""


class StudyError(ValueError):
    """A study that cannot be made, or a file of verdicts that cannot be used, with what to do about it."""
