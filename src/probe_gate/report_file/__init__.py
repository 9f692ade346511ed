"""`report.json`: a verdict as text, and back. Everything a verdict rests on is in it.

`encode` writes, `parse` and `decode` read; `keys` holds the names that both share. The published JSON
Schema is `report.schema.json`, in this package.
"""
