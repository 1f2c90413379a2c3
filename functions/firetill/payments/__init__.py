"""What Stripe says of payments, whatever they are for; shared by the rooms that sell."""
