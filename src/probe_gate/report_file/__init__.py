"""`report.json`: a verdict as text, and back. Everything a verdict rests on is in it.

`encode` writes; `read` reads, by way of `parse` (text to JSON values) and `validate` (JSON values to a verdict);
`keys` holds the names that both share. `derived` finds what a document says twice and differently, `find` the
reports of the parts of a matrix. The published JSON Schema is `report.schema.json`, in this package.
"""
