"""What every payment has in common: the inbox, and the jobs that make lost webhooks good."""

from collections.abc import Mapping

from firetill.upkeep import reservations, stripe_events, stripe_reconciliation
from tests.simulation.room import Job, Room
from tests.simulation.world import Broken, Json


class Payments(Room):
    """The inbox of events, and the requests of Stripe that a crash left unfinished."""

    def jobs(self) -> Mapping[str, Job]:
        world = self.world
        db, stripe, till = world.database, world.stripe.gateway, world.till
        return {
            "retryStripeEvents": lambda: stripe_events.retry_stripe_events(db, stripe, till),
            "reconcileStripe": lambda: stripe_reconciliation.reconcile_stripe(db, stripe, till),
            "expireReservations": lambda: reservations.expire_reservations(db, stripe),
        }

    def at_end(self) -> None:
        world = self.world
        for event_id, event in world.said.items():
            entry = world.look(f"stripeEvents/{event_id}")
            if entry is None:
                raise Broken("every event is handled", f"{event['type']} {event_id} is not")
            if entry["status"] == "refused" and _payment_in(event) in world.tampered:
                continue
            if entry["status"] not in {"processed", "ignored"}:
                why = f"{event['type']} {event_id} is {entry['status']}: {entry.get('reason')}"
                raise Broken("every event is handled", why)
        for data in world.documents("operations"):
            if data.get("pendingSince") is not None:
                raise Broken("what began is finished", f"{data['operation']} of {data['userId']}")


def _payment_in(event: Json) -> str:
    """The payment that an event is about."""
    about = event["data"]["object"]
    return str(about["id"] if about["object"] == "payment_intent" else about.get("payment_intent"))
