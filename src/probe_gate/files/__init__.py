"""The files that people and programs hand over: policy files, target files and reports, read and written."""
