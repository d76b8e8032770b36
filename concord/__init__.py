"""The command line: joins the instrument, the scores and the reports."""
