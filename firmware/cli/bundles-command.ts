/** `aria bundles`: every version that the host keeps. */
import { columns, type HostOptions, openHost, printable, sizeText, usageWrong } from '#terminal';
import type { BundleVersion } from '#wit/api';
import { type ExitCode, exitCodes } from '#wit/errors';
import type { CommandContext } from './context.ts';

/** Options of the command. */
export interface BundlesOptions extends HostOptions {
  /** `name@version`. */
  readonly remove?: string;
  /** Names alone, for scripts and shells. */
  readonly names?: boolean;
}

/** Lists, or removes one. @throws {CodedError} `BUNDLE_NOT_FOUND`, `BUNDLE_IN_USE`. */
export async function bundlesCommand(options: BundlesOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, signal } = context;
  await using host = await openHost(options, context);
  if (options.remove !== undefined) {
    const wanted = namedVersion(options.remove);
    await host.removeVersion(wanted, { signal });
    if (options.json) await terminal.write(`${JSON.stringify({ kind: 'done', removed: wanted })}\n`);
    else terminal.say(`removed ${printable(options.remove)}; its content goes with the next collection`);
    return exitCodes.done;
  }
  const bundles = await host.listBundles({ signal });
  if (options.json) await terminal.write(`${JSON.stringify({ bundles })}\n`);
  else if (options.names === true)
    await terminal.write([...new Set(bundles.map(({ name }) => `${printable(name)}\n`))].join(''));
  else if (bundles.length > 0) await terminal.write(`${columns(bundles.map(row)).join('\n')}\n`);
  else terminal.say('There are none; "arc upload FILE" brings one');
  return exitCodes.done;
}

function row({ name, version, state, provenance, archiveBytes, tools, reason }: BundleVersion): readonly string[] {
  const key = provenance.key === undefined ? 'unsigned' : `signed by ${provenance.key.name || provenance.key.id}`;
  return [
    name,
    version,
    state,
    `${tools} tools`,
    sizeText(archiveBytes),
    key,
    provenance.hash.slice(0, 16),
    reason ?? '',
  ].map((cell) => printable(cell));
}

function namedVersion(text: string): { readonly name: string; readonly version: string } {
  const at = text.indexOf('@');
  if (at < 1 || at === text.length - 1)
    throw usageWrong('aria bundles', `"${text}" is not NAME@VERSION`, 'Write it as invoice-kit@0.1.0');
  return { name: text.slice(0, at), version: text.slice(at + 1) };
}
