"""Reading answers: files -> tables of text -> checked columns -> `Responses`, or every fault there is.

delimited and spreadsheets open a file, tables and typed hold its columns, headers match names, answers,
circumstances and rosters check what stands in them, data_set finds the files and joins the parts.
"""

from instrument.reading.data_set import read_responses

__all__ = ["read_responses"]
