// The screen stays on while the scanner is up.

/** Keeps the screen on until the returned function is called, where the browser can. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null;
  let ended = false;

  async function take(): Promise<void> {
    // The lock goes whenever the page is hidden.
    if (ended || document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    try {
      lock = await navigator.wakeLock.request("screen");
      if (ended) await lock.release();
    } catch {
      // A low battery: the phone may keep its screen off.
    }
  }

  const onVisible = () => void take();
  document.addEventListener("visibilitychange", onVisible);
  void take();
  return () => {
    ended = true;
    document.removeEventListener("visibilitychange", onVisible);
    void lock?.release();
  };
}
