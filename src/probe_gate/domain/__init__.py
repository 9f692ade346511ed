"""The pure core: values, and functions from values to values. No I/O, no clock, no environment."""
