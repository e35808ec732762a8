/** A client that begins a session with a run that hangs, says so, and waits to be killed. Arguments: the lab. */
import { drive } from "./driving.ts";

const driver = await drive([process.argv[2] ?? "."], ["--no-sandbox"]);
await driver.call("start", { tag: "t" });
await driver.call("wait", { seconds: 30 });
await driver.call("propose", { hypothesis: "hangs", files: [{ path: "value.txt", text: "2000\n" }] });
for (;;) {
  const status = await driver.call("status");
  if (/run 1 \(challenger\) is on/.test(status.text)) break;
  await new Promise((resolve) => setTimeout(resolve, 50));
}
// In the middle of a call, too.
void driver.call("wait", { seconds: 600 });
await driver.call("history");
process.stdout.write(`server ${driver.pid}\n`);
setInterval(() => {}, 1000);
