"""The policy and pipeline files that `probe-gate init` writes."""
