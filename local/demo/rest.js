// Calls of the REST gateway: as a signed-in user, or as a trusted server with the proxy key.

const PROXY_KEY = "local-proxy-key";

export class Rest {
  /** Opens the gateway of a stack. */
  constructor(stack) {
    this.url = `${stack.functionsUrl}/${stack.projectId}/us-central1/api`;
  }

  /** Posts as the user of an app; returns {status, body}. */
  async asUser(app, path, input) {
    const token = await app.auth.currentUser.getIdToken();
    return this.#post(path, input, {Authorization: `Bearer ${token}`});
  }

  /** Asks as the user of an app, by GET or DELETE; returns {status, body}. */
  async ask(method, app, path) {
    const token = await app.auth.currentUser.getIdToken();
    const headers = {Authorization: `Bearer ${token}`};
    const answer = await fetch(`${this.url}${path}`, {method, headers});
    return {status: answer.status, body: await answer.json()};
  }

  /** Posts as a server that the operator trusts; returns {status, body}. */
  async asServer(path, input) {
    return this.#post(path, input, {"x-proxy-key": PROXY_KEY});
  }

  async #post(path, input, headers) {
    const answer = await fetch(`${this.url}${path}`, {
      method: "POST",
      headers: {"Content-Type": "application/json", ...headers},
      body: JSON.stringify(input),
    });
    return {status: answer.status, body: await answer.json()};
  }
}
