"""Orders: products and tickets in one, from the reservation to what is handed over or given back."""
