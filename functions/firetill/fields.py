"""The types of input fields that more than one operation has."""

from typing import Annotated

from msgspec import Meta

IdempotencyKey = Annotated[
    str,
    Meta(
        max_length=128,
        pattern=r"^[A-Za-z0-9_:.-]+(?!\n)$",
        description="The client's own key for this request, kept until it is answered.",
    ),
]

DocumentId = Annotated[
    str,
    Meta(
        max_length=128,
        pattern=r"^(?!__.*__$)[A-Za-z0-9_-]+(?!\n)$",  # Firestore reserves __names__
        description="The id of a document, as an earlier result gave it.",
    ),
]
