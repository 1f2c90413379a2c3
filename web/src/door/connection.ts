// Whether the till answers: learnt from each call, not from what the phone thinks of its network.

import {FunctionsError} from "firebase/functions";
import {call, NoAnswer, Refusal} from "../base/calls";
import type {Functions} from "firebase/functions";

export type Link = "connecting" | "online" | "offline";

/** The state of the line to the till, and the calls that go over it. */
export class Connection {
  link: Link = "connecting";
  /** Called after each change. */
  changed: () => void = () => undefined;

  constructor(private readonly functions: Functions) {}

  /**
   * Calls a function; the outcome tells whether the till can be reached.
   *
   * @throws Refusal if the till says no; NoAnswer if there was no answer within `seconds`.
   */
  async call<Output>(name: string, input: object, seconds: number): Promise<Output> {
    try {
      const answer = await Promise.race([
        call<Output>(this.functions, name, input, {seconds}),
        // The SDK's own limit does not cover the refreshing of a sign-in.
        late(seconds),
      ]);
      this.set("online");
      return answer;
    } catch (problem) {
      if (problem instanceof Refusal || !isUnreachable(problem)) this.set("online");
      else this.set("offline");
      throw problem;
    }
  }

  /** The browser says that there is no network at all. */
  lost(): void {
    this.set("offline");
  }

  private set(link: Link): void {
    if (link === this.link) return;
    this.link = link;
    this.changed();
  }
}

async function late(seconds: number): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  throw new NoAnswer("The till did not answer in time.");
}

/** Tells a line that is dead from a till that fails: a failure of the till has details. */
function isUnreachable(problem: unknown): boolean {
  const cause = problem instanceof Error ? problem.cause : undefined;
  return !(cause instanceof FunctionsError) || cause.details === undefined || cause.details === null;
}
