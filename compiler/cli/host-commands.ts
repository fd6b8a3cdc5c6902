/** The commands of arc that speak to a host. */
import type { Command } from 'commander';
import {
  type LogsOptions,
  type RunCommand,
  addExamples,
  addHostOptions,
  addLogsOptions,
  followLogs,
  hostHelp,
} from '#terminal';
import type { CommandContext } from './context.ts';
import type { DevOptions } from './dev-command.ts';
import type { UploadCommandOptions } from './upload-command.ts';

type Run = RunCommand<CommandContext>;

const devLines = [
  ['reloaded', 'name, version, hash, state, elapsedMs: the build is active'],
  ['called', 'tool, outcome: what the tool came to, as "aria call --json" prints it'],
  ['refused', 'diagnostics, elapsedMs: the source has errors'],
  ['failed', 'error, elapsedMs: the host did not take the build, or is gone'],
  ['refused-call', 'tool, error: the host did not take the call'],
] as const;

/** Adds them. `run` gets the one that the user asked for. */
export function addHostCommands(program: Command, run: Run): void {
  addUpload(program, run);
  addDev(program, run);
  addLogs(program, run);
}

function addUpload(program: Command, run: Run): void {
  const command = addHostOptions(program.command('upload'), 'print what became of it as JSON')
    .argument('<file>', 'bundle file (*.aria); its signature is FILE.minisig beside it')
    .description(
      'Bring a bundle to a host, which verifies and activates it. Dependencies that the host lacks go first, in the versions of aria.lock. Exits with 4 where it asks for more than was granted and waits for "aria approve".',
    )
    .option('--allow-downgrade', 'take it though the host has seen a newer one; of administrators only')
    .action((file: string, options: Omit<UploadCommandOptions, 'file'>) =>
      run('upload', options, async (context) =>
        (await import('./upload-command.ts')).uploadCommand({ ...options, file }, context),
      ),
    );
  addExamples(
    command,
    ['arc upload dist/invoice-kit-0.2.0.aria', 'arc upload invoice-kit-0.2.0.aria --to unix:/run/aria/api.sock'],
    {
      files: [
        ['FILE.minisig', 'the signature; without it only a host with allow_unsigned takes the bundle'],
        ['aria.lock', 'versions of dependencies: beside the bundle, in the directory above, or here'],
        ['$ARIA_HOME/registry-cache', 'the dependencies themselves, as "arc install" has fetched them'],
        ...hostHelp.files,
      ],
    },
  );
}

function addDev(program: Command, run: Run): void {
  const command = addHostOptions(program.command('dev'), 'print each reload and each result as a line of JSON')
    .argument('[dir]', 'directory of the project', '.')
    .description(
      'Watch a project: build at each change, reload into the running host of the same user, and call again what was called last. Where something is wrong the version before goes on serving; where the host is gone the next change tries again. A line "TOOL JSON" on stdin calls a tool, an empty one calls again. Tokens that the source asks for are told and granted. An interrupt ends it, with 130; "aria rollback" goes back to the release.',
    )
    .option('--call <tool>', 'call this tool after each reload')
    .option('-i, --input <json>', 'its input: JSON, @FILE; bytes as {"$base64": "…"}', '{}')
    .action((directory: string, options: Omit<DevOptions, 'directory'>) =>
      run('dev', options, async (context) =>
        (await import('./dev-command.ts')).devCommand({ ...options, directory }, context),
      ),
    );
  addExamples(command, ['arc dev', `arc dev . --call sumLines --input '{"lines":[250,120]}'`], {
    more: { 'Lines of --json, by "kind"': devLines },
    files: [
      ['$ARIA_HOME/development.key', 'signs versions VERSION+dev.N; made at the first run, mode 0600'],
      ['$ARIA_HOME/trust/development.pub', 'its public half, which the host of the same home trusts'],
      ...hostHelp.files,
    ],
  });
}

function addLogs(program: Command, run: Run): void {
  const command = addLogsOptions(addHostOptions(program.command('logs'), 'print each line as JSON'))
    .argument('[bundle]', 'only of this bundle, or of BUNDLE/TOOL')
    .description('Show what tools of a host have logged, and the host itself.')
    .action((source: string | undefined, options: LogsOptions) =>
      run('logs', options, (context) => followLogs({ ...options, ...(source !== undefined && { source }) }, context)),
    );
  addExamples(command, ['arc logs invoice-kit --follow'], hostHelp);
}
