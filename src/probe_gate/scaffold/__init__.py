"""What `probe-gate init` writes: a policy and the pipeline file of a CI system, as text."""
