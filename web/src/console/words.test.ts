import {describe, expect, it} from "vitest";
import {NoAnswer, Refusal} from "../base/calls";
import {problemWords, reasonWords} from "./words";

describe("words", () => {
  it("say what a refusal means, and keep its reason", () => {
    expect(problemWords(new Refusal("not_admin", "No.", {}))).toBe("This account is no administrator (any more). (not_admin)");
    expect(problemWords(new Refusal("invalid_field", "No.", {field: "amount"}))).toBe("Something in the form is not valid. (invalid_field: amount)");
  });

  it("fall back to what the backend says", () => {
    expect(problemWords(new Refusal("brand_new", "The moon is wrong.", {}))).toBe("The moon is wrong. (brand_new)");
    expect(reasonWords("brand_new")).toBe("brand new");
  });

  it("say that a call may be tried again if nobody answered", () => {
    expect(problemWords(new NoAnswer("x"))).toContain("did not answer");
  });
});
