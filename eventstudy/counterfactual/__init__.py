"""What the treated would have earned without the event, from shares that it did not touch."""
