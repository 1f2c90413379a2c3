"""What sales refuse: packs, orders and their payments."""

from firetill.errors.refusal import Refusal


class PackNotFound(Refusal):
    """The catalogue has no credit pack of that id."""

    reason, code, http_status = "pack_not_found", "not-found", 404

    def __init__(self, pack_id: str) -> None:
        super().__init__("There is no such credit pack.", packId=pack_id)


class EventNotFound(Refusal):
    """There is no event of that id."""

    reason, code, http_status = "event_not_found", "not-found", 404

    def __init__(self, event_id: str) -> None:
        super().__init__("There is no such event.", eventId=event_id)


class ProductNotFound(Refusal):
    """There is no product of that id."""

    reason, code, http_status = "product_not_found", "not-found", 404

    def __init__(self, product_id: str) -> None:
        super().__init__("There is no such product.", productId=product_id)


class OrderNotFound(Refusal):
    """There is no order of that id, or none for that payment."""

    reason, code, http_status = "order_not_found", "not-found", 404

    def __init__(self, searched_id: str) -> None:
        super().__init__("There is no such order.", id=searched_id)


class FulfillmentNotFound(Refusal):
    """There is no such fulfilment."""

    reason, code, http_status = "fulfillment_not_found", "not-found", 404

    def __init__(self, fulfillment_id: str) -> None:
        super().__init__("There is no such fulfilment.", fulfillmentId=fulfillment_id)


class SoldOut(Refusal):
    """Less of an item is free than was asked for."""

    reason, code, http_status = "sold_out", "failed-precondition", 409

    def __init__(self, item_id: str, *, available: int) -> None:
        message = f"Only {available} are left." if available else "It is sold out."
        super().__init__(message, itemId=item_id, available=available)


class NotOnSale(Refusal):
    """An item is not sold, or no longer."""

    reason, code, http_status = "not_on_sale", "failed-precondition", 409

    def __init__(self, item_id: str) -> None:
        super().__init__("This is not on sale.", itemId=item_id)


class AlreadyOwned(Refusal):
    """The item is sold once to each user, and this one has it."""

    reason, code, http_status = "already_owned", "failed-precondition", 409

    def __init__(self, item_id: str) -> None:
        super().__init__("You have this already.", itemId=item_id)


class LimitReached(Refusal):
    """More was asked for than one order or one user may have."""

    reason, code, http_status = "limit_reached", "failed-precondition", 409

    def __init__(self, what: str, *, limit: int, item_id: str | None = None) -> None:
        message = f"The limit is {limit}."
        super().__init__(message, limited=what, limit=limit, itemId=item_id)


class OrderNotPending(Refusal):
    """The order has come to its end already."""

    reason, code, http_status = "order_not_pending", "failed-precondition", 409

    def __init__(self, order_id: str, status: str) -> None:
        super().__init__(f"The order is {status}.", orderId=order_id, status=status)


class PaymentNotSucceeded(Refusal):
    """Stripe does not say that the payment has succeeded."""

    reason, code, http_status = "payment_not_succeeded", "failed-precondition", 409

    def __init__(self, status: str) -> None:
        super().__init__("The payment has not succeeded.", status=status)


class PaymentProviderUnavailable(Refusal):
    """Stripe did not answer in time; the same key may be tried again."""

    reason, code, http_status = "payment_provider_unavailable", "unavailable", 503

    def __init__(self) -> None:
        message = "The payment provider does not answer; try again with the same idempotencyKey."
        super().__init__(message)


class PaymentProviderFailed(PaymentProviderUnavailable):
    """Stripe answered with a fault that it repeats for the same Stripe key.

    To the caller it is the same refusal. The next try takes another Stripe idempotency key.
    """
