/**
 * What a preset is: a coding agent that people have already, with what has to be said to it so that it makes one
 * proposal without a person, and how its events are read. One file per agent stands beside this one.
 */
import type { Turn } from "../../agent.ts";
import type { Wire } from "../../gateway.ts";
import type { Reading } from "../command/answer.ts";
import type { Launch, Place } from "../command/program.ts";

/** The agent's command as it was found. */
export interface Found {
  /** Absolute path of the command. */
  readonly path: string;
  readonly version: string;
  /** Folders that it needs and that may lie in the hidden home. */
  readonly folders: readonly string[];
}

/** Where requests to the model go, and with which key. */
export interface Endpoint {
  /** Name of the provider: "anthropic", "openai", …; "local" for an address that was given. */
  readonly name: string;
  readonly wire: Wire;
  /** Base URL as the provider names it. */
  readonly url: string;
  /** Variable of nightyard's environment that holds the key; undefined for a server that asks for none. */
  readonly key?: string | undefined;
}

/** What `--agent claude:model=…` settled, once for all turns. */
export interface Settled {
  readonly model: string | undefined;
  readonly home: "fresh" | "own";
  /** Undefined with the person's own login, which knows its way. */
  readonly endpoint: Endpoint | undefined;
  /**
   * What the agent sends as its key. Once settled it is the key itself (a word that stands for one where the server
   * asks for none); a launch gets the gateway's token instead, and the key only where there is no gateway.
   */
  readonly key: string;
}

export interface Ask {
  readonly settled: Settled;
  readonly found: Found;
  readonly turn: Turn;
  readonly place: Place;
  readonly prompt: string;
  /** The endpoint's base URL as the agent must use it: the gateway's. */
  readonly url: string | undefined;
}

/** What differs from launch to launch; the rest is the same for all presets. */
export type PresetLaunch = Pick<Launch, "args" | "env" | "files"> & { readonly stdin?: string | undefined };

export interface Preset {
  readonly name: string;
  readonly title: string;
  /** The command's name on PATH. */
  readonly bin: string;
  readonly npm: string;
  /** The version that was tried, and is named to install. */
  readonly pinned: string;
  /** Older ones are refused: they lack what the launch says. */
  readonly oldest: string;
  /** The first version of a series that was not tried: from there on a note is given. */
  readonly untriedFrom: string;
  /** Providers that it can be told to use, the usual one first. */
  readonly providers: readonly string[];
  /** How it speaks to an address given by `url=`, unless `wire=` says otherwise. */
  readonly wire: Wire;
  /** The other ways it speaks. */
  readonly wires: readonly Wire[];
  readonly modelNeeded: boolean;
  /** With `home=own`: what of the home it sees and may write, where a login is kept. */
  readonly login: readonly string[];
  /** Of those, files that make it run programs: empty and read-only for it, where they exist. */
  readonly covered: readonly string[];
  /** Hosts of a subscription login. */
  readonly hosts: readonly string[];
  readonly launch: (ask: Ask) => PresetLaunch;
  /** Reads standard output; `settled` because only some dollar figures are real. */
  readonly read: (stdout: string, settled: Settled) => Reading;
}
