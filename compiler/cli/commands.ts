/** The commands of arc with their options and examples. What a command does is loaded only when it runs, so that help is instant. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type RunCommand, addExamples } from '#terminal';
import type { BuildOptions } from './build-command.ts';
import type { CheckOptions } from './check-command.ts';
import type { CommandContext } from './context.ts';
import { addHostCommands } from './host-commands.ts';
import type { InspectOptions } from './inspect-command.ts';
import { addKeyCommands } from './key-commands.ts';
import type { InstallOptions } from './install-command.ts';
import type { NewOptions } from './new-command.ts';
import type { PublishOptions } from './publish-command.ts';
import type { RunOptions } from './run-command.ts';

type Run = RunCommand<CommandContext>;

/** The longest that a call may take: a day, as in the manifest. */
const timeoutMsMax = 24 * 60 * 60 * 1000;

const projectFiles = [
  ['aria.toml', 'what may differ without a change of the source; may be absent'],
  ['package.json', 'name, version and packages of the project'],
] as const;
const registryVariable = [['ARIA_REGISTRY', 'folder of the registry, where --registry does not name one']] as const;

/** Adds every command. `run` gets the one that the user asked for. */
export function addCommands(program: Command, run: Run): void {
  addNew(program, run);
  addCheck(program, run);
  addBuild(program, run);
  addInspect(program, run);
  addRun(program, run);
  addPublish(program, run);
  addInstall(program, run);
  addKeyCommands(program, run);
  addHostCommands(program, run);
}

function addNew(program: Command, run: Run): void {
  const command = program
    .command('new')
    .argument('[name]', 'name of the project: its directory and its bundle')
    .description(
      'Make a project that builds, tests and runs at once. Its path goes to stdout; on a terminal arc asks for what is missing.',
    )
    .option('-t, --template <template>', 'basic, agent or pipeline (default: basic)')
    .option('--json', 'print what was made as JSON, and ask nothing')
    .action((name: string | undefined, options: Omit<NewOptions, 'name'>) =>
      run('new', options, async (context) =>
        (await import('./new-command.ts')).newCommand({ ...options, name }, context),
      ),
    );
  addExamples(command, ['arc new invoice-kit', 'arc new help-desk --template agent'], {
    files: [['NAME/', 'the project: aria.toml, package.json, tsconfig.json, src/, test/']],
  });
}

function addCheck(program: Command, run: Run): void {
  const command = program
    .command('check')
    .argument('[dir]', 'directory of the project', '.')
    .description(
      'Find everything that is wrong with a project, without making anything. Errors exit with 1, warnings with 0.',
    )
    .option('--explain <code>', 'explain a diagnostic code, with a wrong example and a right one')
    .addOption(targetOption())
    .option('--json', 'print the tools and all diagnostics, or the explanation, as JSON')
    .action((directory: string, { explain, ...options }: Omit<CheckOptions, 'directory'> & { explain?: string }) =>
      run('check', options, async (context) =>
        explain === undefined
          ? (await import('./check-command.ts')).checkCommand({ ...options, directory }, context)
          : (await import('./explain-code.ts')).explainCode({ ...options, code: explain }, context),
      ),
    );
  addExamples(command, ['arc check .', 'arc check --explain TOKEN_NOT_DECLARED'], { files: projectFiles });
}

function targetOption(): Option {
  return new Option(
    '--target <target>',
    'where the tools are to run: all in the sandbox, all in containers, or each where it can (default: what aria.toml says, or "auto")',
  ).choices(['wasm', 'container', 'auto']);
}

function addBuild(program: Command, run: Run): void {
  const command = program
    .command('build')
    .argument('[dir]', 'directory of the project', '.')
    .description('Compile the tools of a project to one bundle, NAME-VERSION.aria. Its path goes to stdout.')
    .option('-o, --out <path>', 'file (*.aria) or directory for the bundle (default: "dist" in the project)')
    .addOption(targetOption())
    .option('--sign <key>', 'also sign it with this secret key; writes FILE.minisig beside it')
    .option('--password-stdin', 'with --sign: read the password of the key from stdin')
    .option('-w, --watch', 'build again after each change, until an interrupt')
    .option('--json', 'print everything about the bundle as JSON; with --watch one line for each build')
    .action((directory: string, { watch, ...options }: Omit<BuildOptions, 'directory'> & { watch?: boolean }) =>
      run('build', options, async (context) =>
        watch
          ? (await import('./watch-command.ts')).watchCommand({ ...options, directory }, context)
          : (await import('./build-command.ts')).buildCommand({ ...options, directory }, context),
      ),
    );
  addExamples(
    command,
    ['arc build .', 'arc build invoice-kit --out invoice-kit.aria --sign release.key', 'arc build . --watch'],
    {
      files: [
        ...projectFiles,
        ['dist/NAME-VERSION.aria', 'what it writes, and with --sign NAME-VERSION.aria.minisig beside it'],
        ['$ARIA_HOME/cache', 'what builds keep for the next one'],
      ],
    },
  );
}

function addInspect(program: Command, run: Run): void {
  const command = program
    .command('inspect')
    .argument('<bundle>', 'bundle file (*.aria)')
    .argument('[other]', 'with --diff: the bundle file that comes after')
    .description(
      'Verify every hash of a bundle, those of its components by making them of their sources in a sandbox; show its tools, agents, teams and pipelines with schemas, tokens, imports, sizes and hashes.',
    )
    .option(
      '--diff',
      'show what differs between two bundles and what of it breaks callers; makes no components, and exits with 0 either way',
    )
    .option('--no-rebuild', 'do not make the components, so that their hashes are not verified')
    .option('--json', 'print everything as JSON, schemas in full; with --diff every difference')
    .action((bundle: string, other: string | undefined, options: Omit<InspectOptions, 'bundle'> & { diff?: boolean }) =>
      run('inspect', options, async (context) =>
        options.diff === true || other !== undefined
          ? (await import('./diff-command.ts')).diffCommand({ ...options, bundle, other }, context)
          : (await import('./inspect-command.ts')).inspectCommand({ ...options, bundle }, context),
      ),
    );
  addExamples(
    command,
    ['arc inspect dist/invoice-kit-0.2.0.aria', 'arc inspect --diff invoice-kit-0.2.0.aria invoice-kit-0.3.0.aria'],
    {
      files: [
        [
          'FILE.minisig',
          'the signature: shown, and verified where $ARIA_HOME/trust has its key; a wrong one exits with 3',
        ],
        ['$ARIA_HOME/trust', 'public keys, as NAME.pub'],
      ],
    },
  );
}

function addRun(program: Command, run: Run): void {
  const command = program
    .command('run')
    .argument('<path>', 'directory of a project, or bundle file (*.aria)')
    .argument('<tool>', 'name of the tool')
    .description(
      'Call a tool in a fresh sandbox; a project is built as needed. stdout gets exactly the output as JSON.',
    )
    .option('-i, --input <json>', 'JSON, @FILE, or - for stdin; bytes as {"$base64": "…"}', '{}')
    .addOption(
      new Option('--timeout <ms>', "wall time of the call (default and maximum: the tool's own)").argParser(
        milliseconds,
      ),
    )
    .addOption(
      new Option('--engine <engine>', 'what runs the sandbox').choices(['auto', 'wasmtime', 'v8']).default('auto'),
    )
    .option('--allow-unsigned', 'run a bundle file that has no trusted signature')
    .option('--json', 'print the whole outcome as JSON: output or error, logs, usage, stack')
    .action((path: string, tool: string, options: Omit<RunOptions, 'path' | 'tool'>) =>
      run('run', options, async (context) =>
        (await import('./run-command.ts')).runCommand({ ...options, path, tool }, context),
      ),
    );
  addExamples(
    command,
    [
      `arc run . sumLines --input '{"lines":[250,120]}'`,
      'arc run dist/invoice-kit-0.2.0.aria sumLines --input @lines.json --allow-unsigned',
    ],
    {
      files: [
        ['FILE.minisig', 'signature of a bundle file, by a key of $ARIA_HOME/trust'],
        ['$ARIA_HOME/compiled', 'compiled code of the native engine'],
      ],
    },
  );
}

function addPublish(program: Command, run: Run): void {
  const command = program
    .command('publish')
    .argument('<file>', 'bundle file (*.aria), with its signature FILE.minisig beside it')
    .description(
      'Put a signed bundle into a registry, where "arc install" finds it. What is published is never replaced; NAME@VERSION goes to stdout.',
    )
    .option('--registry <dir>', 'folder of the registry (default: $ARIA_REGISTRY, else [registry] path of aria.toml)')
    .option('--allow-unsigned', 'publish a bundle that has no signature')
    .option('--json', 'print what was published as JSON')
    .action((file: string, options: Omit<PublishOptions, 'file'>) =>
      run('publish', options, async (context) =>
        (await import('./publish-command.ts')).publishCommand({ ...options, file }, context),
      ),
    );
  addExamples(command, ['arc publish dist/invoice-kit-0.2.0.aria --registry /mnt/bundles'], {
    environment: registryVariable,
  });
}

function addInstall(program: Command, run: Run): void {
  const command = program
    .command('install')
    .argument('[name]', 'bundle to depend on, NAME or NAME@RANGE; without it, what aria.toml and aria.lock name')
    .description(
      'Add a bundle to the dependencies of a project, or install those that it has: all of them or none. Changes aria.toml, aria.lock and $ARIA_HOME/registry-cache, and no host. NAME@VERSION of each goes to stdout.',
    )
    .option('--registry <dir>', 'folder of the registry (default: $ARIA_REGISTRY, else [registry] path of aria.toml)')
    .option('--project <dir>', 'directory of the project', '.')
    .option('--json', 'print what is installed as JSON')
    .action((wanted: string | undefined, options: Omit<InstallOptions, 'wanted'>) =>
      run('install', options, async (context) =>
        (await import('./install-command.ts')).installCommand({ ...options, wanted }, context),
      ),
    );
  addExamples(
    command,
    ['arc install invoice-kit', 'arc install invoice-kit@^0.2 --registry /mnt/bundles', 'arc install'],
    {
      environment: registryVariable,
      files: [
        ['aria.toml', '[dependencies] NAME = "RANGE", and [registry] path'],
        ['aria.lock', 'the versions that were chosen, by hash'],
        ['$ARIA_HOME/registry-cache', 'the bundles themselves'],
      ],
    },
  );
}

function milliseconds(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > timeoutMsMax)
    throw new InvalidArgumentError(`Expected milliseconds from 1 to ${timeoutMsMax}`);
  return value;
}
