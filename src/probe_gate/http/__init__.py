"""HTTP requests, bounded in time and size, that can be abandoned; the only code that imports requests.

`session` is what others use; `retry` sends a request again that may be repeated without harm.
"""
