/**
 * Slack, by an incoming webhook. What is shown is plain text, in which nothing is a link, a mention or markup; the
 * line for a phone's lock screen is escaped, because there `<!channel>` would call everybody.
 */
import type { ChannelOf } from "../config.ts";
import { type Delivered, type Delivery, fromEnv, unset } from "../delivered.ts";
import { bodyOf } from "../notification.ts";
import { post } from "./http.ts";

export async function slack(
  channel: ChannelOf<"slack">,
  { notification: n, env, signal }: Delivery,
): Promise<Delivered> {
  const url = fromEnv(channel.url, env);
  if (url === undefined) return unset(channel.url);
  const plain = (text: string) => ({ type: "plain_text", text, emoji: false });
  const body = {
    text: escaped(n.title),
    blocks: [
      { type: "header", text: plain(n.title) },
      { type: "section", text: plain(bodyOf(n).slice(0, 3000) || "–") },
      { type: "context", elements: [plain(n.id)] },
    ],
  };
  return post({ url, body: JSON.stringify(body), signal, secrets: [url] });
}

/** The three characters that mean something in Slack's text. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
