"""Maximum likelihood from rows with missing values (full information): every row gives what it has."""
