/**
 * Which headers go on to the upstream and back: all but those of one connection. Keys are among them;
 * whose they are is decided before (credentials.ts).
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

const OF_ONE_CONNECTION = new Set([
  ...["connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization"],
  ...["te", "trailer", "transfer-encoding", "upgrade", "expect"],
]);

/** For the upstream: its own host, the length of what is sent, and no compression, so that usage can be read. */
export function headersUp(headers: IncomingHttpHeaders, bytes: number | undefined): OutgoingHttpHeaders {
  const { host: _host, "content-length": _length, ...rest } = withoutConnection(headers);
  return { ...rest, "accept-encoding": "identity", ...(bytes === undefined ? {} : { "content-length": bytes }) };
}

/** For the agent: as they came. The length stays right, because the body is not changed. */
export function headersDown(headers: IncomingHttpHeaders, added: string | undefined): OutgoingHttpHeaders {
  return { ...withoutConnection(headers), ...(added === undefined ? {} : { "x-nightyard-added": added }) };
}

function withoutConnection(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !OF_ONE_CONNECTION.has(name) && !named.includes(name)),
  );
}

/**
 * Why a request comes from no agent; undefined when it may be one. A page in a browser can send requests to 127.0.0.1,
 * by a name that it points there (another Host) or from where it is (an Origin).
 */
export function strangerIn(headers: IncomingHttpHeaders): string | undefined {
  const { host, origin } = headers;
  if (host !== undefined && !isLoopbackName(host)) return "This gateway answers only to 127.0.0.1.";
  if (origin !== undefined && !isLoopbackName(origin.replace(/^\w+:\/\//, ""))) {
    return "This gateway does not answer to web pages.";
  }
  return undefined;
}

function isLoopbackName(authority: string): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i.test(authority);
}
