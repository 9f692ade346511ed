"""The platform's API: `api` carries its nine operations out, `wire` and its kin read what it answers.

`listing` takes in the one answer that grows for ever, as it arrives.
"""
