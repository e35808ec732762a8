// Asks as an agent does, one request after the other on one kept connection, then reads one long stream.
import http from "node:http";

const [url, requests, megabytes] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const messages = [{ role: "user", content: "y".repeat(30_000) }];

/** Milliseconds until the first piece of the reply and until its end. */
function ask(body) {
  return new Promise((resolve, reject) => {
    const from = performance.now();
    const request = http.request(`${url}/chat/completions`, { method: "POST", agent }, (response) => {
      let first;
      response.on("data", () => {
        first ??= performance.now() - from;
      });
      response.on("error", reject);
      response.on("end", () => resolve({ first, whole: performance.now() - from, status: response.statusCode }));
    });
    request.on("error", reject);
    request.end(JSON.stringify(body));
  });
}

const times = [];
for (let i = 0; i < Number(requests) + 20; i += 1) {
  const { whole, status } = await ask({ model: "gpt-5", messages });
  if (status !== 200) throw new Error(`status ${status}`);
  if (i >= 20) times.push(whole);
}
const { first, whole } = await ask({ model: "gpt-5", messages, stream: true, megabytes: Number(megabytes) });
console.log(JSON.stringify({ times, firstMs: first, streamSeconds: whole / 1000 }));
agent.destroy();
