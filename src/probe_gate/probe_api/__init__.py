"""The platform's API: `api` has its operations, `schemas` describes valid responses.

`run_list` parses the list of runs, which can be very long, while it is being received.
"""
