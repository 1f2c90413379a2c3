"""What a developer is told of a history: where the guests' codes are, and who may sign in."""

from local.seed import page
from local.seed.box_office import NIGHT_NAME
from local.seed.people import PASSWORD, Staff
from local.seed.seeding import seed
from local.stack import Stack


def seed_and_tell(stack: Stack) -> tuple[dict[str, str], str]:
    """Seed a stack, and let Hosting serve the page of guests.

    Returns:
        The addresses of the history's own pages by their names, and who may sign in.

    Raises:
        SeedError: the stack cannot be seeded.
    """
    seeded = seed(stack)
    files = {"index.html": page.page(NIGHT_NAME, seeded.guests), "guests.css": page.STYLE}
    return {"Guests": stack.serve("guests", files)}, sign_ins(seeded.staff)


def sign_ins(staff: Staff) -> str:
    """Who may sign in on the pages, as what, and with which password."""
    people = [f"  {person.email:<25} {role}" for role, person in staff.roles().items()]
    return "\n".join([f"Sign in with the password {PASSWORD} as", *people])
