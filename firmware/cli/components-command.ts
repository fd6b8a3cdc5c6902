/** `aria tools` and `aria agents`: what the active bundles offer. */
import { columns, exampleValue, type HostOptions, openHost, printable, printableInLine, schemaText } from '#terminal';
import type { ComponentDetails, ComponentKind, ComponentSummary, HostConnection } from '#wit/api';
import { type ExitCode, exitCodes } from '#wit/errors';
import type { CommandContext } from './context.ts';

/** Options of both commands. */
export interface ComponentsOptions extends HostOptions {
  readonly name: string | undefined;
  readonly kinds: readonly ComponentKind[];
  readonly search?: string;
  readonly bundle?: string;
  /** Names alone, for scripts and shells. */
  readonly names?: boolean;
}

/** Components asked for at once. */
const pageSize = 500;
/** Characters of a description in a list. */
const descriptionCharactersMax = 100;

/** Lists, or shows one. @throws {CodedError} `NOT_FOUND`, `NAME_AMBIGUOUS`. */
export async function componentsCommand(options: ComponentsOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, signal } = context;
  await using host = await openHost(options, context);
  if (options.name !== undefined) {
    const details = await findDetails(host, options.name, options.kinds, signal);
    await terminal.write(options.json ? `${JSON.stringify(details)}\n` : detailsText(details));
    return exitCodes.done;
  }
  const components = await listAll(host, options, signal);
  if (options.json) await terminal.write(`${JSON.stringify({ components })}\n`);
  else if (options.names === true) await terminal.write(components.map((one) => `${callName(one)}\n`).join(''));
  else if (components.length > 0) await terminal.write(`${columns(components.map(row)).join('\n')}\n`);
  else terminal.say(options.search === undefined ? 'There are none; "arc upload" brings some' : 'Nothing fits');
  return exitCodes.done;
}

async function listAll(
  host: HostConnection,
  { kinds, search, bundle }: ComponentsOptions,
  signal: AbortSignal,
): Promise<readonly ComponentSummary[]> {
  const all: ComponentSummary[] = [];
  for (const kind of kinds) {
    let pageToken: string | undefined;
    do {
      const query = {
        kind,
        pageSize,
        ...(search !== undefined && { text: search }),
        ...(bundle !== undefined && { bundle }),
      };
      const page = await host.listComponents({ ...query, ...(pageToken !== undefined && { pageToken }) }, { signal });
      all.push(...page.components);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }
  return all;
}

async function findDetails(
  host: HostConnection,
  name: string,
  kinds: readonly ComponentKind[],
  signal: AbortSignal,
): Promise<ComponentDetails> {
  const [kind, ...others] = kinds;
  return host.getComponent({ name, ...(others.length === 0 && kind !== undefined && { kind }) }, { signal });
}

/** The shortest name that finds it. */
function callName({ name, qualifiedName, clashes }: ComponentSummary): string {
  return printable(clashes.length > 0 ? qualifiedName : name);
}

function row(component: ComponentSummary): readonly string[] {
  const { kind, qualifiedName, description, version } = component;
  const text = printable(description).split('\n', 1)[0] ?? '';
  const cut = text.length > descriptionCharactersMax ? `${text.slice(0, descriptionCharactersMax)}…` : text;
  return [callName(component), kind, printable(`${qualifiedName.split('/')[0] ?? ''}@${version}`), cut];
}

function detailsText(details: ComponentDetails): string {
  const { kind, qualifiedName, version, description, tokens, inputSchema, outputSchema, provenance, clashes } = details;
  const facts: (readonly [string, string])[] = [
    ['version', version],
    ['signed by', provenance.key === undefined ? 'nobody' : `${provenance.key.name} (${provenance.key.id})`],
    ['hash', provenance.hash],
    ['tokens', tokens.length === 0 ? 'none' : tokens.join(', ')],
  ];
  if (inputSchema !== undefined && inputSchema !== null) facts.push(['input', schemaText(inputSchema)]);
  if (outputSchema !== undefined && outputSchema !== null) facts.push(['output', schemaText(outputSchema)]);
  if (clashes.length > 0) facts.push(['clashes', `also in ${clashes.join(', ')}: call it as ${qualifiedName}`]);
  const lines = [`${kind} ${qualifiedName}`, printableInLine(description), '', ...columns(facts)];
  const example = kind === 'tool' ? exampleValue(inputSchema) : undefined;
  if (example !== undefined) {
    lines.push(
      '',
      `next: aria call ${callName(details)} --input '${JSON.stringify(example).replaceAll("'", String.raw`'\''`)}'`,
    );
  }
  return `${lines.map((line) => printable(line)).join('\n')}\n`;
}
