"""Exchanges over HTTP: bounded in time and size, to be ended from outside; the only code that imports requests.

`session` is what others use; `retry` asks again, for requests that may be repeated without harm.
"""
