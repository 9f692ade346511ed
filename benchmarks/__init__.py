"""What the gate costs, measured."""
