/**
 * A webhook: the notification as JSON, signed, so that a receiver can tell who sent it and when.
 *
 * `x-nightyard-signature: t=<unix seconds>,v1=<hex>`, where v1 is HMAC-SHA256, keyed by the secret, of `<t>.<body>`.
 * `x-nightyard-id` is the id of the notification: the same for every try. docs/notifications.md shows how to check it.
 */
import { createHmac } from "node:crypto";
import type { ChannelOf } from "../config.ts";
import { type Delivered, type Delivery, fromEnv, unset } from "../delivered.ts";
import { post } from "./http.ts";

export async function webhook(channel: ChannelOf<"webhook">, delivery: Delivery): Promise<Delivered> {
  const { notification, env, signal } = delivery;
  const url = fromEnv(channel.url, env);
  if (url === undefined) return unset(channel.url);
  const secret = fromEnv(channel.secret, env);
  if (secret === undefined) return unset(channel.secret);
  const body = JSON.stringify(notification);
  const headers = {
    "x-nightyard-id": notification.id,
    "x-nightyard-signature": signatureOf(body, secret, Math.floor(Date.now() / 1000)),
  };
  return post({ url, body, headers, signal, secrets: [secret, url] });
}

export function signatureOf(body: string, secret: string, unixSeconds: number): string {
  const v1 = createHmac("sha256", secret).update(`${unixSeconds}.${body}`).digest("hex");
  return `t=${unixSeconds},v1=${v1}`;
}
