"""What administrators do and see: adjustments, users, Stripe's events, jobs, figures."""
