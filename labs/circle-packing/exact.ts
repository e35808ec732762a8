/**
 * Frozen: decides whether circles lie in the unit square without overlapping, in whole numbers, with zero tolerance.
 *
 * Coordinates are decimal texts with at most DIGITS digits behind the point; times 10^DIGITS each is a BigInt, and
 * every comparison is one of BigInts. No floating point number takes part, so nothing is ever rounded: circles that
 * touch exactly are right, circles that overlap by 1e-30 are wrong. Not covered: how the circles were found.
 */

/** Circles of a submission: the case that was published most. */
export const COUNT = 26;
/** Most digits behind the point. */
export const DIGITS = 60;
/** Longest file that is read; 26 circles of three numbers with all their digits are 6 KiB. */
export const MAX_BYTES = 65_536;

const ONE = 10n ** BigInt(DIGITS);
/** Plain decimals: no exponent, no sign but minus, no NaN, no hexadecimal, no spaces. */
const DECIMAL = new RegExp(`^(-?)(\\d{1,3})(?:\\.(\\d{1,${DIGITS}}))?$`);

/** Centre and radius, each times 10^DIGITS. */
interface Circle {
  readonly x: bigint;
  readonly y: bigint;
  readonly r: bigint;
}

/** The sum of the radii as an exact decimal text, or why there is none. */
export type Checked =
  | { readonly kind: "valid"; readonly sum: string }
  | { readonly kind: "refused"; readonly why: string };

/** Checks the text of a submission: `{"circles":[{"x":"0.5","y":"0.5","r":"0.1"}, …]}`. Never throws. */
export function check(text: string): Checked {
  try {
    const circles = readCircles(text);
    const why = firstFault(circles);
    if (why !== undefined) return { kind: "refused", why };
    return { kind: "valid", sum: decimal(circles.reduce((sum, { r }) => sum + r, 0n)) };
  } catch (error) {
    return { kind: "refused", why: error instanceof Refused ? error.message : "the submission is no JSON" };
  }
}

class Refused extends Error {}

function readCircles(text: string): readonly Circle[] {
  if (text.length > MAX_BYTES) throw new Refused(`the submission is longer than ${MAX_BYTES} bytes`);
  const parsed: unknown = JSON.parse(text);
  const list = isRecord(parsed) ? parsed.circles : undefined;
  if (!Array.isArray(list)) throw new Refused('the submission has no list "circles"');
  if (list.length !== COUNT) throw new Refused(`${list.length} circles, ${COUNT} are wanted`);
  return list.map((circle: unknown, index) => {
    if (!isRecord(circle)) throw new Refused(`circle ${index} is no object`);
    const read = (name: "x" | "y" | "r") => scaled(circle[name], `circle ${index}: ${name}`);
    return { x: read("x"), y: read("y"), r: read("r") };
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Numbers of JSON are refused too: a parser has rounded them before anybody could look. */
function scaled(value: unknown, what: string): bigint {
  const parts = typeof value === "string" ? DECIMAL.exec(value) : null;
  if (parts === null) throw new Refused(`${what} is no decimal text such as "0.25", of at most ${DIGITS} digits`);
  const [, sign, whole, fraction = ""] = parts;
  const size = BigInt(whole + fraction.padEnd(DIGITS, "0"));
  return sign === "-" ? -size : size;
}

function firstFault(circles: readonly Circle[]): string | undefined {
  for (const [i, { x, y, r }] of circles.entries()) {
    if (r <= 0n) return `circle ${i}: its radius is not above 0`;
    if (x < r || y < r || x + r > ONE || y + r > ONE) return `circle ${i} reaches out of the unit square`;
    for (const [j, other] of circles.slice(0, i).entries()) {
      const [dx, dy, reach] = [x - other.x, y - other.y, r + other.r];
      if (dx * dx + dy * dy < reach * reach) return `circles ${j} and ${i} overlap`;
    }
  }
  return undefined;
}

function decimal(value: bigint): string {
  const digits = value.toString().padStart(DIGITS + 1, "0");
  return `${digits.slice(0, -DIGITS)}.${digits.slice(-DIGITS)}`;
}
