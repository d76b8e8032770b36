from importlib.resources import files
from pathlib import Path

import pytest


@pytest.fixture
def sample_data() -> Path:
    return Path(str(files("sample_data")))
