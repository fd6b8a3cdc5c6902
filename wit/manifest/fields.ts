/** The fields that tools, agents, teams and pipelines have in common. */
import { z } from 'zod';
import { parseToken, printToken, tokenCharactersMax } from '#wit/tokens';
import { manifestMaxima } from './limits.ts';

/** The name of a tool, an agent, a team, a pipeline or a step: what a model can call (OpenAI's and MCP's common ground). */
export const componentName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'expected a letter, then letters, digits, _ or -; at most 64');

/** A bundle's name: lower case, digits and single dashes, at most 64 characters. */
export const bundleName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'expected lower-case words joined by dashes');

/** A tool or an agent by its name, or one of another bundle as `invoice-kit/sumLines`. A name alone is always the bundle's own. */
export const componentReference = z
  .string()
  .regex(
    /^(?:(?=[^/]{1,64}\/)[a-z][a-z0-9]*(?:-[a-z0-9]+)*\/)?[A-Za-z][A-Za-z0-9_-]{0,63}$/,
    'expected a name, or bundle/name for a component of another bundle',
  );

/** Whether a text can be such a name. */
export function isComponentName(name: string): boolean {
  return componentName.safeParse(name).success;
}

/** Any text. */
export const text = z.string().refine((value) => value.isWellFormed(), 'expected well-formed Unicode');

/** What models read of a component. */
export const description = text.max(manifestMaxima.descriptionCharacters);

/** What is said to a model. */
export const prompt = text.min(1).max(manifestMaxima.promptCharacters);

/** A token in its one spelling. */
export const token = z
  .string()
  .max(tokenCharactersMax)
  .refine(isCanonicalToken, 'expected a resource token kind:scope:mode in canonical form');

/** A wall time in milliseconds. */
export const timeoutMs = z.int().min(1).max(manifestMaxima.timeoutMs);

/** Tries after a retryable failure. */
export const retryCount = z.int().min(0).max(manifestMaxima.retryCount);

function isCanonicalToken(value: string): boolean {
  try {
    return printToken(parseToken(value)) === value;
  } catch {
    return false;
  }
}
