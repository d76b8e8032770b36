"""One module per command; each imports what it works with only when it runs."""
