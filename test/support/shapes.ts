/** The published shapes of the commands after a session. */
import { PUBLISHED } from "../../src/cli/json.ts";

export const { finalize: finalizeJson, ablate: ablateJson, promote: promoteJson } = PUBLISHED;
