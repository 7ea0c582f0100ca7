"""Event studies from a catalogue of events and an exposed universe."""
