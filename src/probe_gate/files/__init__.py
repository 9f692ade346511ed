"""Policy files, target files and reports: parsing, validation and serialization."""
