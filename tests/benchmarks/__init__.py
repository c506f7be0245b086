"""Programs that measure and print; run by hand, never by the suite."""
