"""The command line: joins the instrument, the answers, the scores and the reports."""
