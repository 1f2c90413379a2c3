// Scans that the till was asked about and has not answered. The next try has the same id, so that a
// guest whom the till let in, but whose answer was lost, counts once; also after a crash.

import type {DoorDatabase} from "./database";
import type {ScanInput} from "./model";

/** Later it is another attempt of the guest, in ms. */
const LASTS_MS = 10 * 60_000;

export class Attempts {
  constructor(
    private readonly db: DoorDatabase,
    private readonly now: () => number = Date.now,
  ) {}

  /** The unanswered attempt at the same as `input`, word for word as the till was asked. */
  async find(input: ScanInput): Promise<ScanInput | null> {
    const found = await this.db.get("attempts", keyOf(input));
    return found !== undefined && this.now() - found.at < LASTS_MS ? found.input : null;
  }

  async began(input: ScanInput): Promise<void> {
    await this.db.put("attempts", {key: keyOf(input), input, at: this.now()});
  }

  async ended(input: ScanInput): Promise<void> {
    await this.db.delete("attempts", keyOf(input));
  }
}

function keyOf({eventId, token, userId, expectedVersion, count, direction}: ScanInput): string {
  return JSON.stringify([eventId, token ?? null, userId ?? null, expectedVersion ?? null, count, direction]);
}
