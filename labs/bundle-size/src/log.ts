/** A logger for debugging, which nobody reads in what is delivered. */
import { DEBUG, LOG_HISTORY } from "./settings.ts";

interface Entry {
  readonly _level: string;
  readonly _scope: string;
  readonly _message: string;
}

export class Logger {
  private readonly _scope: string;
  private readonly _history: Entry[] = [];

  constructor(scope: string) {
    this._scope = scope;
  }

  debug(...parts: readonly unknown[]): void {
    if (DEBUG) {
      this._remember({ _level: "debug", _scope: this._scope, _message: parts.map((part) => String(part)).join(" ") });
    }
  }

  warn(...parts: readonly unknown[]): void {
    this._remember({ _level: "warning", _scope: this._scope, _message: parts.map((part) => String(part)).join(" ") });
  }

  error(...parts: readonly unknown[]): void {
    this._remember({ _level: "error", _scope: this._scope, _message: parts.map((part) => String(part)).join(" ") });
  }

  /** The entries as a table, the newest last. */
  dump(): string {
    return this._history
      .map((entry) => `[${entry._level.toUpperCase()}] ${entry._scope}: ${entry._message}`)
      .join("\n");
  }

  private _remember(entry: Entry): void {
    this._history.push(entry);
    if (this._history.length > LOG_HISTORY) this._history.shift();
  }
}
