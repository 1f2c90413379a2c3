"""A model of production Firestore: what a month costs, and which limit is met first."""
