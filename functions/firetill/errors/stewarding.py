"""What devices at the doors are refused, and their supervisors' desk."""

from firetill.errors.refusal import Refusal


class PairingCodeInvalid(Refusal):
    """The code is none, has run out, or has paired another device; nobody is told which."""

    reason, code, http_status = "pairing_code_invalid", "not-found", 404

    def __init__(self) -> None:
        super().__init__("This pairing code is not valid, or not any more; ask for a new one.")


class NotADevice(Refusal):
    """A device at a door is an anonymous account of its own, and the caller's is a person's."""

    reason, code, http_status = "not_a_device", "failed-precondition", 409

    def __init__(self) -> None:
        super().__init__("Sign in anonymously first: a device keeps no person's credentials.")


class DeviceNotFound(Refusal):
    """The event has no device of that id, or it was revoked and has nothing to report."""

    reason, code, http_status = "device_not_found", "not-found", 404

    def __init__(self, device_id: str) -> None:
        super().__init__("There is no such device at this event.", deviceId=device_id)


class ConflictNotFound(Refusal):
    """The event has no conflict of that scan."""

    reason, code, http_status = "conflict_not_found", "not-found", 404

    def __init__(self, scan_id: str) -> None:
        super().__init__("There is no conflict of that scan.", scanId=scan_id)
