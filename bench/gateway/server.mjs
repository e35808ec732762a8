// A model that answers at once: a small JSON reply, or a stream of as many megabytes as the request asks for.
import http from "node:http";

const usage = { prompt_tokens: 8000, completion_tokens: 200, prompt_tokens_details: { cached_tokens: 6000 } };
const event = Buffer.from(`data: ${JSON.stringify({ choices: [{ delta: { content: "x".repeat(150) } }] })}\n\n`);

async function stream(response, megabytes) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const times = Math.ceil((megabytes * 1e6) / event.length);
  for (let i = 0; i < times; i += 1) {
    if (!response.write(event)) await new Promise((resolve) => response.once("drain", resolve));
  }
  response.end(`data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`);
}

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const { stream: isStream, megabytes } = JSON.parse(Buffer.concat(chunks).toString());
    if (isStream) return void stream(response, megabytes);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ choices: [{ message: { content: "ok" } }], usage }));
  });
});
server.listen(0, "127.0.0.1", () => console.log(`${server.address().port} ready`));
process.stdin.on("end", () => process.exit(0)).resume();
