import {signInAnonymously, signOut} from "firebase/auth";
import {beforeEach, expect, it, vi} from "vitest";
import {call, Refusal} from "../base/calls";
import type {Identity} from "../base/firebase";
import type {Device} from "./model";
import {pairDevice} from "./pairing";

interface FakeAuth {
  currentUser: {uid: string} | null;
}

vi.mock("firebase/auth", () => ({
  signOut: vi.fn(async (auth: FakeAuth) => void (auth.currentUser = null)),
  signInAnonymously: vi.fn(async (auth: FakeAuth) => void (auth.currentUser = {uid: "new"})),
}));
vi.mock("../base/calls", async (original) => ({...(await original<object>()), call: vi.fn()}));

const DEVICE: Device = {deviceId: "old", eventId: "night", name: "North 1", gate: "North", role: "staff", direction: "in", revokedAt: null};
const signedInAs = (uid: string | null) => ({auth: {currentUser: uid === null ? null : {uid}}, functions: {}}) as unknown as Identity;

beforeEach(() => vi.clearAllMocks());

it("keeps a device's account when a code is wrong, for it cannot be had again", async () => {
  vi.mocked(call).mockRejectedValueOnce(new Refusal("pairing_code_invalid", "no", {}));
  const identity = signedInAs("old");
  await expect(pairDevice(identity, "7Q2M-D04X-KZ9C", DEVICE)).rejects.toThrow(Refusal);
  expect(signOut).not.toHaveBeenCalled();
  expect(identity.auth.currentUser?.uid).toBe("old");
});

it("gives a revoked phone a new account, once", async () => {
  vi.mocked(call).mockRejectedValueOnce(new Refusal("pairing_code_invalid", "no", {}));
  vi.mocked(call).mockResolvedValueOnce({deviceId: "new", eventId: "night", name: "North 2", gate: "North", role: "staff"});
  const identity = signedInAs("old");
  const revoked = {...DEVICE, revokedAt: "2026-02-07T22:00:00.000Z"};
  await expect(pairDevice(identity, "wrong", revoked)).rejects.toThrow(Refusal);
  const paired = await pairDevice(identity, "FTPAIR:7Q2MD04XKZ9C", revoked);
  expect(paired).toEqual({...DEVICE, deviceId: "new", name: "North 2"});
  expect(signOut).toHaveBeenCalledTimes(1);
  expect(signInAnonymously).toHaveBeenCalledTimes(1);
  expect(vi.mocked(call).mock.lastCall?.[2]).toEqual({pairingCode: "7Q2MD04XKZ9C"});
});
