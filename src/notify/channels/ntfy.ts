/**
 * ntfy: one POST of JSON to the server's root, because headers cannot carry every character. The id is the last tag,
 * for whoever wants to drop repeats; an app shows both.
 */
import type { ChannelOf } from "../config.ts";
import { type Delivered, type Delivery, fromEnv, unset } from "../delivered.ts";
import { bodyOf } from "../notification.ts";
import { post } from "./http.ts";

/** 3 is the usual one; 4 makes a longer noise. */
const PRIORITY = { digest: 3, "needs-you": 4, test: 3 } as const;
/** Names of the pictures that an app shows before the title. */
const TAG = { digest: "newspaper", "needs-you": "warning", test: "wrench" } as const;

export async function ntfy(channel: ChannelOf<"ntfy">, { notification: n, env, signal }: Delivery): Promise<Delivered> {
  const topic = fromEnv(channel.topic, env);
  if (topic === undefined) return unset(channel.topic);
  const token = channel.token === undefined ? undefined : fromEnv(channel.token, env);
  if (channel.token !== undefined && token === undefined) return unset(channel.token);
  const body = { topic, title: n.title, message: bodyOf(n), priority: PRIORITY[n.kind], tags: [TAG[n.kind], n.id] };
  return post({
    url: channel.server,
    body: JSON.stringify(body),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal,
    secrets: token === undefined ? [] : [token],
  });
}
