import pytest

from firetill.usernames.rules import fault_of
from local.seed import people
from local.seed.evening import DEVICES
from local.seed.guests import PEOPLE
from local.seed.people import PASSWORD, Accounts


def test_everybody_is_somebody_else_and_the_same_each_time() -> None:
    everybody = [*people.staff().roles().values(), *people.crowd(), *PEOPLE]
    everybody += [device.account for device in DEVICES]
    assert len({person.uid for person in everybody}) == len(everybody)
    assert people.crowd() == people.crowd()
    assert all(len(person.uid) == 28 and person.uid.isalnum() for person in everybody)


def test_whoever_claims_a_username_may_have_it() -> None:
    claiming = [people.staff().guest, *people.crowd()]
    assert [person.username for person in claiming if fault_of(person.username)] == []
    assert len({person.username for person in claiming}) == len(claiming)


def test_only_the_sign_ins_have_a_password() -> None:
    staff = people.staff().roles()
    assert {person.email: person.password for person in staff.values()} == {
        "admin@firetill.test": PASSWORD,
        "supervisor@firetill.test": PASSWORD,
        "door@firetill.test": PASSWORD,
        "guest@firetill.test": PASSWORD,
    }
    assert {person.password for person in [*people.crowd(), *PEOPLE]} == {None}


def test_accounts_are_found_as_the_services_ask() -> None:
    admin, phone = people.staff().admin, people.nameless("phone")
    accounts = Accounts([admin, phone])
    assert accounts.exists(phone.uid)
    assert not accounts.exists("nobody")
    assert accounts.email_of(admin.uid) == admin.email
    assert accounts.email_of(phone.uid) is None
    assert accounts.user_id_by_email(" Admin@Firetill.test ") == admin.uid
    assert accounts.user_id_by_email("none@firetill.test") is None
    with pytest.raises(NotImplementedError):
        accounts.delete(admin.uid)
