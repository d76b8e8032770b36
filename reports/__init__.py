"""From numbers to pages: contexts, charts, templates, rendering."""
