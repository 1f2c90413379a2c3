"""Phones at the doors: paired and revoked, offline for a while, and what they bring back."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

import msgspec

from firetill.access import Caller
from firetill.database import Write
from firetill.door import conflicts, devices, offline, pairing
from firetill.door.desk_model import ResolveConflict
from firetill.door.device_model import (
    CreatedPairingCode,
    CreatePairingCode,
    PairDevice,
    PairedDevice,
    ReportDevice,
    RevokedDevice,
    RevokeDevice,
)
from firetill.door.model import ScanTicket
from firetill.door.offline_model import OfflineScan, Uploaded, UploadScans
from tests.simulation.room import USERS, Act, Room, one_of
from tests.simulation.rooms.door import STAFF, SUPERVISORS, Door
from tests.simulation.rooms.showing import bare, scan_id
from tests.simulation.rooms.tickets import ROOT
from tests.simulation.world import NO_TIME_LOST, Broken, World

PHONES: Final = ("phone-1", "phone-2", "phone-3")
EVENT: Final = "soiree"


class Phones(Room):
    """Phones that lose the network, and phones that are lost."""

    needs = ("tickets", "door")

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._uploads: list[UploadScans] = []
        self._told: dict[str, tuple[Any, ...]] = {}
        self._recorded: set[str] = set()
        self._memberships: dict[str, int] = {}
        self._redeemed: dict[str, str] = {}
        self._looks = 0

    def open(self) -> None:
        """One phone is at the door already."""
        request = CreatePairingCode(event_id=EVENT, name="Phone", gate="north")
        made = pairing.create_code(self.world.database, ROOT, request)
        caller = Caller(user_id=PHONES[0], anonymous=True)
        code = PairDevice(pairing_code=made.pairing_code)
        pairing.pair(self.world.database, caller, code)

    @property
    def door(self) -> Door:
        """The doors that the phones are at."""
        door: Door = self.world.known["door"]
        return door

    def acts(self) -> Mapping[str, tuple[int, Act]]:
        return {
            "scan while offline": (6, self._offline),
            "come back online": (4, self._upload_again),
            "pair a phone": (3, self._pair),
            "revoke a phone": (2, self._revoke),
            "a phone scans": (4, self._scan),
            "look at a conflict": (2, self._resolve),
        }

    # Offline.

    def _offline(self, rng: random.Random) -> None:
        """Decide some scans alone; some come in at once, the rest when the phone comes back."""
        scans = [one for _ in range(rng.choice((1, 2, 3, 5))) if (one := self._decided(rng))]
        if not scans:
            return
        event = str(self._event_of(scans[0].code))
        upload = UploadScans(event_id=event, device=rng.choice(("ipad", "old phone")), scans=scans)
        self._uploads.append(upload)
        if rng.random() < 0.6:
            self._bring(rng, upload)
            if rng.random() < 0.5:
                self._pass_on(rng, scans[0].code)

    def _pass_on(self, rng: random.Random, code: str) -> None:
        """Let a ticket change hands while a scan of it is on its way."""
        says = self.world.look(f"ticketTokens/{bare(code)}")
        if says is not None:
            path = f"events/{says['eventId']}/ragers/{says['ragerId']}"
            self.world.known["tickets"].pass_on_some_of(rng, path)

    def _decided(self, rng: random.Random) -> OfflineScan | None:
        request = self.door.showing.by_code(rng, rng.choice(("in", "in", "in", "out")))
        online = one_of(rng, [one for one in self.door.showing.scans if one.token is not None])
        if online is not None and rng.random() < 0.25:
            request = online  # whose answer the device may never have heard
            if rng.random() < 0.5:  # or the guest came by another door as well
                request = msgspec.structs.replace(online, scan_id=scan_id(rng))
        if request is None or request.token is None:
            return None
        verdict = "admitted" if rng.random() < 0.9 else "denied"
        seconds = rng.choice((1, 30, 600, 5_000, 100_000, -200, -1_000))
        ago = timedelta(seconds=seconds, microseconds=rng.randrange(1_000_000))
        is_forced = verdict == "admitted" and request.direction == "in" and rng.random() < 0.15
        return OfflineScan(
            scan_id=request.scan_id if rng.random() < 0.95 else "the same",
            code=request.token,
            scanned_at=self.world.now - ago,
            verdict="admitted" if verdict == "admitted" else "denied",
            count=request.count,
            gate=request.gate,
            reason="already_used" if verdict == "denied" else None,
            direction=request.direction,
            forced_reason="they are with the band" if is_forced else None,
        )

    def _event_of(self, code: str) -> str:
        token = bare(code)
        return str((self.world.look(f"ticketTokens/{token}") or {"eventId": EVENT})["eventId"])

    def _upload_again(self, rng: random.Random) -> None:
        """What was decided comes in, or comes once more, whole or in parts, twice at once."""
        upload = one_of(rng, self._uploads)
        if upload is not None:
            self._bring(rng, upload)

    def _bring(self, rng: random.Random, upload: UploadScans) -> None:
        for _ in range(rng.choice((1, 1, 2))):
            some = rng.sample(upload.scans, rng.randint(1, len(upload.scans)))
            part = msgspec.structs.replace(upload, scans=some)
            forced = any(one.forced_reason is not None for one in some)
            caller = rng.choice(SUPERVISORS if forced and rng.random() < 0.9 else STAFF)
            if rng.random() < 0.05:
                caller = Caller(user_id=rng.choice(USERS))
            self.app("upload", partial(self._send, caller, part))

    def _send(self, caller: Caller, upload: UploadScans) -> None:
        """Send scans until each of them is answered, as a device does."""
        world, began = self.world, self.world.now
        for _ in range(3):
            self._looks += 1
            told = world.ask(
                ("uploadScans", upload.event_id, str(self._looks)),
                partial(offline.upload, world.database, world.till.codes, caller, upload),
            )
            if not isinstance(told, Uploaded):
                return
            if caller.name in USERS:
                raise Broken("only staff uploads", f"{caller.name}: {told}")
            if caller not in SUPERVISORS and any(one.forced_reason for one in upload.scans):
                raise Broken("only supervisors force", f"{caller.name}: {told}")
            left = []
            for scan, answer in zip(upload.scans, told.results, strict=True):
                if answer.status == "retry":
                    left.append(scan)
                else:
                    self._see_told(upload, scan, answer)
            if not left:
                return
            upload = msgspec.structs.replace(upload, scans=left)
        if world.now - began < NO_TIME_LOST:
            raise Broken("every late scan is taken in", f"{upload} never is")

    def _see_told(self, upload: UploadScans, scan: OfflineScan, answer: Any) -> None:
        """Each scan is recorded once, and answered alike whenever it comes."""
        identity = f"{upload.event_id} {upload.device} {msgspec.json.encode(scan).decode()}"
        told = (answer.reason, answer.used_count, answer.remaining, answer.inside)
        if self._told.setdefault(identity, told) != told:
            raise Broken("once", f"{identity}: {told} after {self._told[identity]}")
        if answer.status != "replayed":
            if identity in self._recorded:
                raise Broken("a late scan is recorded once", identity)
            self._recorded.add(identity)
        mine = [
            one for one in self._records(upload.event_id, scan) if one["device"] == upload.device
        ]
        if len(mine) > 1:
            raise Broken("a late scan is recorded once", f"{identity}: {len(mine)} records")
        if not mine and not self._was_online(upload.event_id, scan):
            raise Broken("no late scan is lost", f"{identity}: {answer}")

    def _records(self, event: str, scan: OfflineScan) -> list[Mapping[str, Any]]:
        token = bare(scan.code)
        hashes = {hashlib.sha256(one.encode()).hexdigest() for one in (token, scan.code)}
        return [
            one
            for one in self.world.documents(f"events/{event}/scans")
            if one.get("source") == "offline"
            and one["scannedAt"] == scan.scanned_at
            and one["tokenHash"] in hashes
            and (one["count"], one["direction"]) == (scan.count, scan.direction)
        ]

    def _was_online(self, event: str, scan: OfflineScan) -> bool:
        """Whether the till had decided alike when the device asked, and no answer came."""
        record = self.world.look(f"events/{event}/scans/{scan.scan_id}")
        if record is None or record.get("source") == "offline":
            return False
        passed = "left" if scan.direction == "out" else "admitted"
        result = passed if scan.verdict == "admitted" else "denied"
        return bool(
            (record["result"], record["direction"]) == (result, scan.direction)
            and (result == "denied" or record["count"] == scan.count)
        )

    def _resolve(self, rng: random.Random) -> None:
        found = one_of(
            rng,
            [
                one
                for event in ("soiree", "vintage", "gala", "matinee")
                for one in self.world.documents(f"events/{event}/conflicts")
            ],
        )
        if found is None:
            return
        request = ResolveConflict(
            event_id=str(found["eventId"]),
            scan_id=str(found["scanId"]),
            note=rng.choice(("a screenshot", "both stayed")),
        )
        caller, world = rng.choice(SUPERVISORS), self.world
        key = ("resolveConflict", request.event_id, request.scan_id)
        self.app(
            "look at a conflict",
            lambda: _ignore(
                world.ask(key, lambda: conflicts.resolve(world.database, caller, request))
            ),
        )

    # Which phones there are.

    def _pair(self, rng: random.Random) -> None:
        """A supervisor makes a code, and one phone or two at once redeem it."""
        maker = rng.choice((*SUPERVISORS, Caller(user_id="sam"), Caller(user_id="ada")))
        request = CreatePairingCode(
            event_id=EVENT,
            name="Phone",
            gate="north",
            role="supervisor" if rng.random() < 0.3 else "staff",
        )
        phones = rng.sample(PHONES, rng.choice((1, 1, 2)))
        world = self.world

        def redeem(phone: str, code: str) -> None:
            caller = Caller(user_id=phone, anonymous=True)
            self._looks += 1
            paired = world.ask(
                ("pairDevice", phone, code),
                lambda: pairing.pair(world.database, caller, PairDevice(pairing_code=code)),
            )
            if isinstance(paired, PairedDevice):
                owner = self._redeemed.setdefault(code, phone)
                if owner != phone or paired.role != request.role:
                    raise Broken("a code pairs one phone", f"{code}: {owner}, then {paired}")

        def work() -> None:
            self._looks += 1
            made = world.ask(
                ("createPairingCode", maker.name, str(self._looks)),
                lambda: pairing.create_code(world.database, maker, request),
            )
            if isinstance(made, CreatedPairingCode):
                if maker.name == "ada" or (maker.name == "sam" and made.role == "supervisor"):
                    raise Broken("a code gives what its maker has", f"{maker.name}: {made}")
                for phone in phones:
                    self.app(f"pair {phone}", partial(redeem, phone, made.pairing_code))

        self.world.tasks.spawn("make a pairing code", work)

    def _revoke(self, rng: random.Random) -> None:
        phone, caller, world = rng.choice(PHONES), rng.choice(SUPERVISORS), self.world
        request = RevokeDevice(event_id=EVENT, device_id=phone, reason="left in a taxi")

        def work() -> None:
            self._looks += 1
            pairings = self._memberships.get(phone, 0)
            revoked = world.ask(
                ("revokeDevice", phone, str(self._looks)),
                lambda: devices.revoke(world.database, caller, request),
            )
            if isinstance(revoked, RevokedDevice) and pairings == self._memberships.get(phone, 0):
                device = self.world.look(f"events/{EVENT}/devices/{phone}") or {}
                if self._is_member(phone) or device.get("revokedAt") is None:
                    raise Broken("revoked is revoked", f"{phone}: {dict(device)}")

        self.app(f"revoke {phone}", work)

    def _scan(self, rng: random.Random) -> None:
        """A phone scans, or says how it is; if it is revoked, it must not learn a thing."""
        request = self.door.showing.by_code(rng, "in")
        phone = rng.choice(PHONES)
        if request is None:
            return
        request = msgspec.structs.replace(request, event_id=EVENT)
        caller = Caller(user_id=phone, anonymous=rng.random() < 0.8)
        reports = rng.random() < 0.3
        self.app(f"{phone} scans", partial(self._as_phone, caller, request, reports))

    def _as_phone(self, caller: Caller, request: ScanTicket, reports: bool) -> None:
        world, phone = self.world, str(caller.user_id)
        pairings, was_member = self._memberships.get(phone, 0), self._is_member(phone)
        if reports:
            self._looks += 1
            report = ReportDevice(event_id=EVENT, queued=1, parked=0, gate="south")
            told: object = world.ask(
                ("reportDevice", phone, str(self._looks)),
                lambda: _answered(devices.report(world.database, caller, report)),
            )
            told = told if told is True else None
        else:
            told = self.door.scan(caller, request)
        if told is not None and not was_member and pairings == self._memberships.get(phone, 0):
            raise Broken("no revoked phone is served", f"{phone}: {told}")

    def _is_member(self, phone: str) -> bool:
        return self.world.look(f"eventStaff/{EVENT}/members/{phone}") is not None

    def after_commit(self, writes: Sequence[Write]) -> None:
        for write in writes:
            if write.kind == "put" and write.path.startswith(f"eventStaff/{EVENT}/members/"):
                phone = write.path.rpartition("/")[2]
                self._memberships[phone] = self._memberships.get(phone, 0) + 1

    def at_end(self) -> None:
        per_identity: dict[tuple[Any, ...], int] = {}
        for record in self.world.documents(f"events/{EVENT}/scans"):
            if record.get("source") == "offline":
                one = (record["device"], record["scannedAt"], record["tokenHash"], record["result"])
                per_identity[one] = per_identity.get(one, 0) + 1
        for identity, count in per_identity.items():
            if count > 1:
                raise Broken("a late scan is recorded once", f"{identity}: {count}")


def _answered(_: object) -> bool:
    return True


def _ignore(_: object) -> None:
    """What an app does with an answer that it needs no more."""
