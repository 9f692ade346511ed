"""Writers of files that are made from the code."""
