"""What each security traded at: sources, the store, and findings that report but never edit."""
