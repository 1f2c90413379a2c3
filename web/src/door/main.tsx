import {render} from "preact";
import {open, SetupError} from "../base/firebase";
import "./door.css";
import {Door} from "./door";
import {App} from "./views/App";

/** A phone in a bad network must not wait for its sign-in to be confirmed. */
const SIGN_IN_SECONDS = 4;

async function start(page: HTMLElement): Promise<void> {
  render(<p class="page quiet" role="status">Starting …</p>, page);
  try {
    const door = await Door.start(await open("door", {seconds: SIGN_IN_SECONDS}));
    render(<App door={door} />, page);
  } catch (error) {
    console.error(error);
    const words = error instanceof SetupError ? error.message : "The scanner could not start. Close other windows of it and reload.";
    render(
      <main class="page narrow stack">
        <h1>Firetill door</h1>
        <p class="problem" role="alert">{words}</p>
        <button type="button" class="button primary tall" onClick={() => location.reload()}>Reload</button>
      </main>,
      page,
    );
  }
}

const page = document.getElementById("page");
if (page !== null) void start(page);
if (import.meta.env.PROD && "serviceWorker" in navigator) {
  // Without it the page works too, but not without a network.
  navigator.serviceWorker.register("/door/sw.js").catch((problem: unknown) => console.warn("No service worker.", problem));
}
