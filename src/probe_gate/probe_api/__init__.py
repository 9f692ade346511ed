"""The platform's API: `api` carries out its nine operations, `schemas` says what its answers must look like.

`run_list` reads the one answer that only ever grows, while it arrives.
"""
