"""Focus pledges: sessions that lock credits, give them back, or burn them to Ash."""
