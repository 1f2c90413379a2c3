// One window of the scanner at a time: two would decide offline without seeing each other's scans.

const NAME = "firetill-door";
/** A page that is just being reloaded lets go within this time, in ms. */
const PATIENCE_MS = 1000;

/**
 * Waits until no other window of this browser has the scanner, and keeps others out from then on.
 *
 * @param locks the browser's; undefined where it has none, and then nothing is kept out.
 * @param taken is told if another window has the scanner, and how to take it from there.
 * @param lost another window has taken it from here.
 */
export function beAlone(
  locks: LockManager | undefined,
  taken: (takeOver: () => void) => void,
  lost: () => void,
): Promise<void> {
  if (locks === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const patience = setTimeout(() => taken(() => hold({steal: true})), PATIENCE_MS);
    function hold(options: LockOptions): void {
      const held = locks?.request(NAME, options, () => {
        clearTimeout(patience);
        resolve();
        return new Promise<never>(() => undefined);
      });
      held?.catch(lost);
    }
    hold({});
  });
}
