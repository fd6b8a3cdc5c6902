/** Judges the options of tools against what a manifest may hold. */
import { CodedError } from '#wit/errors';
import { manifestMaxima, manifestSchema } from '#wit/manifest';
import { parseToken, printToken } from '#wit/tokens';
import type { PlacedText } from './check-bundle.ts';
import { type DiagnosticCollector, type Place, compareText } from './diagnostic.ts';

const toolShape = manifestSchema.shape.tools.element.shape;

/** Reports a name that no tool can have. */
export function checkToolName({ text, place }: PlacedText, collector: DiagnosticCollector): void {
  if (toolShape.name.safeParse(text).success) return;
  const suggestion = text
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^[^A-Za-z]+/, '')
    .slice(0, 64);
  collector.report(place, {
    code: 'TOOL_NAME_INVALID',
    message: `Cannot call a tool "${text}": a name is a letter, then letters, digits, _ or -, at most 64 characters`,
    remedy: suggestion === '' ? 'Write a name such as sumLines' : `Write ${suggestion}`,
  });
}

/** Reports each tool whose name an earlier one has; names that only differ in case would be one file on some systems. */
export function checkToolNames(names: readonly PlacedText[], collector: DiagnosticCollector): void {
  const seen = new Map<string, PlacedText>();
  for (const name of names) {
    const before = seen.get(name.text.toLowerCase());
    if (before === undefined) seen.set(name.text.toLowerCase(), name);
    else {
      const { file, line } = before.place;
      collector.report(name.place, {
        code: 'TOOL_NAME_DUPLICATE',
        message: `Cannot call a tool "${name.text}": the tool at ${file}:${line} is called "${before.text}"`,
        remedy: 'Give one of the two another name',
      });
    }
  }
}

/** Canonical text of the tokens, sorted, without repetition; those that do not parse are reported and left out. */
export function checkTokens(tokens: readonly PlacedText[], collector: DiagnosticCollector): readonly string[] {
  const printed = new Set(tokens.flatMap((token) => canonicalToken(token, collector)));
  const [first] = tokens;
  if (printed.size > manifestMaxima.tokensPerTool && first !== undefined) {
    collector.report(first.place, {
      code: 'TOO_MANY_TOKENS',
      message: `Cannot give a tool ${printed.size} tokens: it may have ${manifestMaxima.tokensPerTool}`,
      remedy: 'Name wider scopes, or split the tool',
    });
  }
  return [...printed].sort(compareText);
}

function canonicalToken({ text, place }: PlacedText, collector: DiagnosticCollector): readonly string[] {
  try {
    return [printToken(parseToken(text))];
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    collector.report(place, { code: 'TOKEN_INVALID', message: error.message, remedy: error.wire.remedy });
    return [];
  }
}

/** A number among the options. */
export interface NumberOption {
  readonly name: 'timeout' | 'computeMs' | 'memoryMiB' | 'retryCount';
  readonly value: number;
  readonly place: Place;
}

const mebibyte = 1024 * 1024;

/** What each number counts, and from where to where it may go. */
const numberRanges: Readonly<
  Record<NumberOption['name'], { readonly unit: string; readonly minimum: number; readonly maximum: number }>
> = {
  timeout: { unit: ' ms', minimum: 1, maximum: manifestMaxima.timeoutMs },
  computeMs: { unit: ' ms', minimum: 1, maximum: manifestMaxima.computeMs },
  memoryMiB: { unit: ' MiB', minimum: 1, maximum: Math.floor(manifestMaxima.memoryBytes / mebibyte) },
  retryCount: { unit: '', minimum: 0, maximum: manifestMaxima.retryCount },
};

/** Reports a number that a manifest cannot hold. */
export function checkNumber({ name, value, place }: NumberOption, collector: DiagnosticCollector): void {
  const { unit, minimum, maximum } = numberRanges[name];
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return;
  collector.report(place, {
    code: 'OPTION_OUT_OF_RANGE',
    message: `Cannot use ${name} ${value}${unit}: it is a whole number from ${minimum} to ${maximum}${unit}`,
    remedy: value > maximum ? `Write ${maximum} or less` : `Write ${Math.max(minimum, Math.ceil(value))} or more`,
  });
}
