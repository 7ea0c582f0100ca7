"""The narrow waist: one row per observation, that is one security in one event, as arrays."""
