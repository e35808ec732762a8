/**
 * Which channels a person wants to be told by: the text of a `notify.yaml`, checked, every fault with its line.
 *
 * Promises: no secret stands in the file, only the name of an environment variable (`$NAME`), which is read when
 * something is sent; so no secret gets into the outbox, a message or a backup either.
 */
import { z } from "zod";
import { parseDuration } from "../program/duration.ts";
import { didYouMean, inLineOrder, type Problem } from "../program/problem.ts";
import { locate, readYaml, type Tree } from "../program/yaml.ts";
import { KINDS } from "./notification.ts";

const MAX_FILE = 65_536;

const secret = z
  .string({ error: "the name of an environment variable such as $NIGHTYARD_SECRET" })
  .regex(/^\$[A-Za-z_][A-Za-z0-9_]{0,99}$/, {
    error: "the name of an environment variable such as $NIGHTYARD_SECRET: secrets do not stand in this file",
  });
const text = (what: string, limit = 200) =>
  z
    .string({ error: what })
    .min(1, { error: what })
    .max(limit, { error: `${what}, of at most ${limit} characters` })
    .regex(/^[^\u0000-\u001f\u007f]*$/, { error: `${what}, without control characters` });
const url = text("an http or https address", 2000).refine(isWebAddress, {
  error: "an http or https address without a name and a password in it",
});
const secretOrUrl = z.union([secret, url], {
  error: "an http or https address without a name and a password in it, or a variable such as $HOOK_URL",
});
/** Where an address is a password itself, it stands in the environment. */
const secretUrl = z.union([secret, url.refine((u) => isLoopback(new URL(u).hostname))], {
  error: "the name of an environment variable that has the address, such as $SLACK_WEBHOOK",
});
const seconds = z
  .union([z.string(), z.number()], { error: "a time such as 10s" })
  .transform((given, context) => {
    const parsed = parseDuration(given);
    if (parsed !== undefined && parsed <= 60) return parsed;
    context.addIssue({ code: "custom", message: "a time of at most 60s, such as 10s" });
    return z.NEVER;
  })
  .default(10);

const common = {
  /** What it gets; default: both kinds. */
  send: z
    .array(z.enum(KINDS, { error: "digest or needs-you" }), { error: "a list such as [needs-you]" })
    .min(1, { error: "digest, needs-you or both" })
    .default([...KINDS]),
};
const address = text("an e-mail address", 320).regex(/^[^\s@<>,;]+@[^\s@<>,;]+$/, { error: "an e-mail address" });

const shapes = {
  ntfy: z.strictObject({
    ...common,
    kind: z.literal("ntfy"),
    server: url.default("https://ntfy.sh"),
    topic: z.union([secret, z.string().regex(/^[-_A-Za-z0-9]{1,64}$/)], {
      error: "a topic of letters, digits, - and _ (64 at most), or a variable such as $NTFY_TOPIC",
    }),
    token: secret.optional(),
  }),
  webhook: z.strictObject({ ...common, kind: z.literal("webhook"), url: secretOrUrl, secret }),
  slack: z.strictObject({ ...common, kind: z.literal("slack"), url: secretUrl }),
  email: z
    .strictObject({
      ...common,
      kind: z.literal("email"),
      host: text("the name of an SMTP server"),
      port: z.int({ error: "a port such as 587" }).min(1).max(65_535).default(587),
      from: address,
      to: z.union([address.transform((one) => [one]), z.array(address).min(1).max(10)], {
        error: "an e-mail address, or a list of at most ten",
      }),
      user: secret.optional(),
      password: secret.optional(),
      tls: z.enum(["required", "none"], { error: "required or none" }).optional(),
    })
    .refine((mail) => !(mail.tls === "none" && mail.password !== undefined && !isLoopback(mail.host)), {
      path: ["tls"],
      error: "required, because a password would be readable on the way",
    }),
  desktop: z.strictObject({ ...common, kind: z.literal("desktop") }),
  command: z.strictObject({
    ...common,
    kind: z.literal("command"),
    run: z.union([text("a shell line", 4000), z.array(text("a word", 4000)).min(1).max(100)], {
      error: "a shell line, or a list of a program and its words",
    }),
    timeout: seconds,
  }),
} as const;

export type ChannelKind = keyof typeof shapes;
export type ChannelOf<K extends ChannelKind> = z.infer<(typeof shapes)[K]> & { readonly name: string };
export type Channel = { [K in ChannelKind]: ChannelOf<K> }[ChannelKind];

export type Config =
  | { readonly ok: true; readonly channels: readonly Channel[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const KNOWN = Object.keys(shapes) as readonly ChannelKind[];
const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const EXAMPLE = "channels: { phone: { kind: ntfy, topic: $NTFY_TOPIC } }";

/** Checks the text of a configuration; `file` is only for the messages. */
export function readConfig(source: string, file: string): Config {
  const bad = (faults: readonly Omit<Problem, "file">[]): Config => {
    const problems = inLineOrder(faults).map((f) => ({ ...f, file, field: f.field.replace("front matter", "file") }));
    return { ok: false, problems };
  };
  if (source.length > MAX_FILE) {
    const found = `${source.length} characters`;
    return bad([{ line: undefined, field: "file", found, expected: `at most ${MAX_FILE} characters` }]);
  }
  const { tree, value, faults } = readYaml(source.replace(/^\uFEFF/, ""), 1);
  if (faults.length > 0) return bad(faults);
  const top = z.strictObject({ channels: z.record(z.string(), z.unknown()) }).safeParse(value);
  if (!top.success) {
    return bad(top.error.issues.map((issue) => faultOf(issue, [], tree, "the field channels", EXAMPLE)));
  }
  const read = Object.entries(top.data.channels).map(([name, given]) => readChannel(name, given, tree));
  const wrong = read.flatMap((one) => ("faults" in one ? one.faults : []));
  if (wrong.length > 0) return bad(wrong);
  return { ok: true, channels: read.flatMap((one) => ("channel" in one ? [one.channel] : [])) };
}

type Fault = Omit<Problem, "file">;

function readChannel(name: string, given: unknown, tree: Tree): { channel: Channel } | { faults: readonly Fault[] } {
  const path = ["channels", name];
  if (!NAME.test(name)) {
    const { line } = locate(tree, path);
    const expected = "a name of small letters, digits and - (32 at most)";
    return { faults: [{ line, field: "channels", found: name, expected }] };
  }
  const kind = (given as { kind?: unknown } | null)?.kind;
  const known = KNOWN.find((one) => one === kind);
  if (known === undefined) {
    const at = locate(tree, [...path, "kind"]);
    const guess = typeof kind === "string" ? didYouMean(kind, KNOWN) : undefined;
    const fix = guess === undefined ? undefined : `kind: ${guess}`;
    return { faults: [{ ...place(at, `channels.${name}.kind`), expected: `one of ${KNOWN.join(", ")}`, fix }] };
  }
  const parsed = shapes[known].safeParse(given);
  if (parsed.success) return { channel: { ...parsed.data, name } as Channel };
  const fields = Object.keys(shapes[known].shape);
  return { faults: parsed.error.issues.map((i) => faultOf(i, path, tree, `one of the fields ${fields.join(", ")}`)) };
}

function faultOf(
  issue: z.core.$ZodIssue,
  above: readonly string[],
  tree: Tree,
  known: string,
  fix?: string | undefined,
): Fault {
  const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const path = [...above, ...issue.path, ...(unknown === undefined ? [] : [unknown])];
  const at = locate(tree, path);
  const field = path.map(String).join(".") || "file";
  if (unknown !== undefined) return { line: at.line, field, found: unknown, expected: known, fix };
  return { ...place(at, field), expected: issue.message, fix };
}

function place({ line, source }: { line: number; source: string }, field: string) {
  // A secret that somebody did write there must not get into a log.
  const hide = /\.(secret|token|password|user|url)$/.test(field) && source !== "" && !source.startsWith("$");
  return { line: Math.max(1, line), field, found: hide ? `${source.length} characters` : source };
}

function isWebAddress(given: string): boolean {
  if (!URL.canParse(given)) return false;
  const { protocol, username, password } = new URL(given);
  return (protocol === "http:" || protocol === "https:") && username === "" && password === "";
}

/** Whether a host is this machine, so that nobody on the way can read. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}
