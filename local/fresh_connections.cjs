// Loaded into firebase-tools, which hands each request on to the Python process of its function over
// a connection that it keeps for the next one. That process closes what nobody used for two seconds;
// a request that came just then met a closed connection and was answered 500, on a busy machine more
// often. So each request gets a connection of its own.

const http = require("http");

http.globalAgent = new http.Agent({keepAlive: false});
