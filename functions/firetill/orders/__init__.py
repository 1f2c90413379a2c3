"""Orders of products and tickets, from the reservation to what is handed over or returned."""
