/** Components as messages of `aria.v1`, and back. Lists need nothing: their messages are the values. */
import { parseJson } from '#wit/values';
import type { ComponentDetails, ComponentSummary, Provenance } from './components.ts';

/** `ComponentDetails`. */
export interface ComponentDetailsMessage {
  readonly component: ComponentSummary;
  readonly tokens: readonly string[];
  readonly inputSchemaJson: string;
  readonly outputSchemaJson: string;
  readonly manifestJson: string;
  readonly provenance: Provenance;
}

/** The message of a component. */
export function componentDetailsToMessage(details: ComponentDetails): ComponentDetailsMessage {
  const { tokens, inputSchema, outputSchema, manifest, provenance, ...component } = details;
  return {
    component,
    tokens,
    inputSchemaJson: jsonText(inputSchema),
    outputSchemaJson: jsonText(outputSchema),
    manifestJson: jsonText(manifest),
    provenance,
  };
}

/** The component of a message. */
export function componentDetailsFromMessage(message: ComponentDetailsMessage): ComponentDetails {
  return {
    ...message.component,
    tokens: message.tokens,
    inputSchema: parseJson(message.inputSchemaJson),
    outputSchema: parseJson(message.outputSchemaJson),
    manifest: parseJson(message.manifestJson),
    provenance: message.provenance,
  };
}

/** What is not there is `null`. */
function jsonText(value: unknown): string {
  return JSON.stringify(value ?? null);
}
