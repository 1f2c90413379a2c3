import "./console.css";
import {render} from "preact";
import {open} from "../base/firebase";
import {App} from "./app";

const page = document.getElementById("page");
if (page !== null) {
  render(<main class="page"><p class="quiet" role="status">Opening …</p></main>, page);
  open("console").then(
    (identity) => render(<App identity={identity} />, page),
    (problem: Error) => render(<main class="page narrow"><h1>Firetill console</h1><p class="problem" role="alert">{problem.message}</p></main>, page),
  );
}
