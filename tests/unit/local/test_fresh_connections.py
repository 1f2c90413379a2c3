"""What is loaded into firebase-tools, so that no request meets a connection that was closed."""

import json
import subprocess

from local.layout import ROOT

# As firebase-tools hands on what a browser sent: with the browser's own headers.
TWO_REQUESTS = """
const http = require("http");
const connections = new Set();
const server = http.createServer((request, response) => {
  connections.add(request.socket.remotePort);
  response.end("heard");
});
const ask = (port) => new Promise((done, fail) => {
  const options = {host: "127.0.0.1", port, headers: {connection: "keep-alive"}};
  http.request(options, (answer) => answer.resume().on("close", done)).on("error", fail).end();
});
server.listen(0, "127.0.0.1", async () => {
  await ask(server.address().port);
  await ask(server.address().port);
  console.log(JSON.stringify(connections.size));
  process.exit();
});
"""


def connections(*options: str) -> int:
    said = subprocess.run(
        ["node", *options, "-e", TWO_REQUESTS], capture_output=True, text=True, check=True
    )
    number: int = json.loads(said.stdout)
    return number


def test_each_request_has_a_connection_of_its_own() -> None:
    assert connections("--require", str(ROOT / "local" / "fresh_connections.cjs")) == 2


def test_they_would_share_one() -> None:
    assert connections() == 1
