import {render} from "preact";
import {open, SetupError} from "../base/firebase";
import {beAlone} from "./alone";
import "./door.css";
import {Door} from "./door";
import {App} from "./views/App";

/** A phone in a bad network must not wait for its sign-in to be confirmed. */
const SIGN_IN_SECONDS = 4;

async function start(page: HTMLElement): Promise<void> {
  render(<p class="page quiet" role="status">Starting …</p>, page);
  const reload = () => location.reload();
  await beAlone(navigator.locks as LockManager | undefined, (takeOver) => render(<Elsewhere takeOver={takeOver} />, page), reload);
  try {
    // A browser that has lost the database gives it again to a new page only.
    const door = await Door.start(await open("door", {seconds: SIGN_IN_SECONDS}), reload);
    render(<App door={door} />, page);
  } catch (error) {
    console.error(error);
    const words = error instanceof SetupError ? error.message : "The scanner could not start. Close other windows of it and reload.";
    render(
      <main class="page narrow stack">
        <h1>Firetill door</h1>
        <p class="problem" role="alert">{words}</p>
        <button type="button" class="button primary tall" onClick={reload}>Reload</button>
      </main>,
      page,
    );
  }
}

/** Another window of this browser has the scanner. */
function Elsewhere({takeOver}: {takeOver: () => void}) {
  return (
    <main class="page narrow stack">
      <h1>Firetill door</h1>
      <p role="status">The scanner is open in another window. Close it there, or go on here.</p>
      <button type="button" class="button primary tall" onClick={takeOver}>Go on here</button>
    </main>
  );
}

const page = document.getElementById("page");
if (page !== null) void start(page);
if (import.meta.env.PROD && "serviceWorker" in navigator) {
  // Without it the page works too, but not without a network.
  navigator.serviceWorker.register("/door/sw.js").catch((problem: unknown) => console.warn("No service worker.", problem));
}
