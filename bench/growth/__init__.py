"""What operations cost when much has gone before them."""
