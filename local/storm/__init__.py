"""The storm: many users on the real stack while its processes die and its webhooks go astray.

Afterwards every cent, credit, ticket and unit of stock is accounted for, from three sides: the
documents in Firestore, the objects at Stripe's double, and what each user was told.
"""
