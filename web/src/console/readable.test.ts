import {expect, it} from "vitest";
import {readable} from "./readable";

it("writes times as text, sorts fields, and hides what opens a door", () => {
  const document = {b: [{at: {seconds: 0, nanoseconds: 0}}], token: "secret", code: null, a: true};
  expect(JSON.stringify(readable(document))).toBe('{"a":true,"b":[{"at":"1970-01-01T00:00:00.000Z"}],"code":null,"token":"(hidden)"}');
});
