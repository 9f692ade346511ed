"""YAML and JSON text to a small tree of plain nodes with their places, and the mistakes that were found in a file."""
