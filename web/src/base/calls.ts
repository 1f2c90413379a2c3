// Calling the backend's functions, and what they answer when they refuse.

import {type Functions, FunctionsError, httpsCallable} from "firebase/functions";

/** A refusal: the backend looked and said no, for a reason that `docs/endpoints.md` lists. */
export class Refusal extends Error {
  constructor(
    /** Such as `already_used`. */
    readonly reason: string,
    message: string,
    /** What else the refusal says, such as `usedAt`. */
    readonly data: Readonly<Record<string, unknown>>,
  ) {
    super(message);
  }
}

/** No answer in time, or none that makes sense: whether the call took effect is not known. */
export class NoAnswer extends Error {}

const SECONDS = 20;
const UNANSWERED = new Set(["unavailable", "contention", "internal", "payment_provider_unavailable", "directory_unavailable"]);

/**
 * Calls a function.
 *
 * @param name the callable's name.
 * @param options.seconds how long to wait for the answer.
 * @returns its result.
 * @throws Refusal if the backend says no; repeating the call would bring the same.
 * @throws NoAnswer if it may be worth to try again.
 */
export async function call<Output>(
  functions: Functions,
  name: string,
  input: object,
  {seconds = SECONDS}: {seconds?: number} = {},
): Promise<Output> {
  const callable = httpsCallable<object, Output>(functions, name, {timeout: seconds * 1000});
  try {
    return (await callable(input)).data;
  } catch (error) {
    throw understood(error);
  }
}

/** Tells a refusal from a call that came to no answer. */
export function understood(error: unknown): Refusal | NoAnswer {
  if (error instanceof FunctionsError && isDetails(error.details)) {
    const {reason, ...data} = error.details;
    if (!UNANSWERED.has(reason)) return new Refusal(reason, error.message, data);
  }
  return new NoAnswer("The till did not answer.", {cause: error});
}

function isDetails(details: unknown): details is {reason: string} {
  return typeof details === "object" && details !== null && "reason" in details && typeof details.reason === "string";
}
