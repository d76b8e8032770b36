"""Do the answers measure what the questionnaire says? From one wave's answers to verdicts that gate the reports."""
