import {forceCloseDatabase} from "fake-indexeddb";
import {unwrap} from "idb";
import {expect, it, vi} from "vitest";
import {openDatabase} from "./database";
import {freshName} from "./door.fixtures";

it("tells when the browser closes the database under the page", async () => {
  const closed = vi.fn();
  const db = await openDatabase(freshName(), closed);
  expect(closed).not.toHaveBeenCalled();
  forceCloseDatabase(unwrap(db) as unknown as Parameters<typeof forceCloseDatabase>[0]);
  await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce());
});
