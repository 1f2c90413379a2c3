"""Credit packs: from the intent to pay to the credits, and back when money goes back."""
