import {describe, expect, it} from "vitest";
import {href, parse} from "./route";

describe("routes", () => {
  it("begin at the overview", () => {
    for (const hash of ["", "#", "#/"]) expect(parse(hash)).toEqual({view: "overview", parts: []});
  });

  it("carry ids of any form there and back", () => {
    const address = href("users", "a/b c%", "ledger");
    expect(parse(address)).toEqual({view: "users", parts: ["a/b c%", "ledger"]});
  });

  it("survive an address that somebody broke", () => {
    expect(parse("#/users/%E0%A4")).toEqual({view: "users", parts: ["%E0%A4"]});
  });
});
