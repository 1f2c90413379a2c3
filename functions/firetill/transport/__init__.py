"""The doors: callables, HTTP, schedules; the only importers of firebase_functions and flask."""
