"""What stands in for the cloud on one machine: the stack, the Stripe double, the demo."""
