"""HTTP requests with limits on time and size that can be abandoned. The only package that imports requests.

Other packages use `session`, and `retry` for requests that are safe to repeat.
"""
