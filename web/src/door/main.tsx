import {render} from "preact";

const page = document.getElementById("page");
if (page !== null) render(<main class="page"><h1>Firetill door</h1></main>, page);
