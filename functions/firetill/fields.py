"""The types of fields that more than one operation has, and what may name a user."""

import re
from typing import Annotated, Any, Final, Literal, TypeGuard

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

UserId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        # As `is_user_id`, in the words that regular expressions of every language share.
        pattern=r"^(?!\.{1,2}(?!\n)$|__[^/]*__(?!\n)$)[^/]+(?!\n)$",
        description="A user's id, as Firebase Authentication gave it.",
    ),
]

Role = Literal["staff", "supervisor"]
"""What somebody is at an event's doors."""

ReturnUrl = Annotated[
    str,
    Meta(
        max_length=2_048,
        # Visible ASCII: about white space, regular expressions of different languages disagree.
        pattern=r"^https?://[!-.0-~]+(/[!-~]*)?(?!\n)$",
        description="A page of the caller's own, to which Stripe's page leads back.",
    ),
]

_USER_ID: Final = re.compile(r"(?!\.{1,2}\Z|__.*__\Z)[^/\ud800-\udfff]{1,128}", re.DOTALL)


def is_user_id(value: Any) -> TypeGuard[str]:
    """Tell whether a value can be a user's id: what Firebase allows and Firestore can store.

    Firestore takes no id with a slash, and reserves `.`, `..` and `__names__`. Lone surrogates,
    which JSON can spell, are no text at all.
    """
    return isinstance(value, str) and _USER_ID.fullmatch(value) is not None
