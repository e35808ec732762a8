/** The protocols of model endpoints, as `wire=` names them. */
import type { Wire } from "../../gateway.ts";

export const WIRES = ["openai-chat", "openai-responses", "anthropic", "gemini"] as const satisfies readonly Wire[];
