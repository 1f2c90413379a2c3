"""Who does the work of actions, each in a module of its own."""
