/**
 * The table of channels, and one attempt to tell one of them one thing. Never rejects.
 */
import { oneLine } from "../util/text.ts";
import { email } from "./channels/email.ts";
import { ntfy } from "./channels/ntfy.ts";
import { command, desktop } from "./channels/program.ts";
import { slack } from "./channels/slack.ts";
import { webhook } from "./channels/webhook.ts";
import type { Channel } from "./config.ts";
import type { Delivered, Delivery } from "./delivered.ts";

export async function deliver(channel: Channel, delivery: Delivery): Promise<Delivered> {
  try {
    return await attempt(channel, delivery);
  } catch (error) {
    // A fault of a library must not end a session.
    return { kind: "down", why: oneLine((error as Error).message, 200) };
  }
}

function attempt(channel: Channel, delivery: Delivery): Promise<Delivered> {
  switch (channel.kind) {
    case "ntfy":
      return ntfy(channel, delivery);
    case "webhook":
      return webhook(channel, delivery);
    case "slack":
      return slack(channel, delivery);
    case "email":
      return email(channel, delivery);
    case "desktop":
      return desktop(channel, delivery);
    case "command":
      return command(channel, delivery);
    default:
      return channel satisfies never;
  }
}
