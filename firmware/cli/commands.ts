/** The commands of aria with their options and examples. What a command does is loaded only when it runs, so that help is instant. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type HelpFacts,
  type HostOptions,
  type LogsOptions,
  type RunCommand,
  addExamples,
  addHostOptions,
  addLogsOptions,
  followLogs,
  hostHelp,
} from '#terminal';
import type { CommandContext } from './context.ts';
import type { ApproveOptions } from './approve-command.ts';
import type { BundlesOptions } from './bundles-command.ts';
import type { CallCommandOptions } from './call-command.ts';
import type { ComponentsOptions } from './components-command.ts';
import type { DoctorOptions } from './doctor-command.ts';
import type { DivergeOptions } from './diverge-command.ts';
import type { EventsOptions } from './events-command.ts';
import type { RollbackOptions } from './rollback-command.ts';
import type { UpOptions } from './run-host.ts';
import type { WhyOptions } from './why-command.ts';

type Run = RunCommand<CommandContext>;

/** The longest that a call may take: a day, as in the manifest. */
const timeoutMsMax = 24 * 60 * 60 * 1000;

/** Of what a host is made: the keys of its configuration are in docs/deploy.md. */
const upHelp = {
  environment: [
    ['ARIA_LISTEN_GRPC …', 'any key of aria.toml: ARIA_ and its path in capitals, as listen.grpc'],
    ['XDG_RUNTIME_DIR', 'where the sockets of the default home are'],
  ],
  files: [
    ['aria.toml', 'of $ARIA_HOME, before ~/.config/aria, before /etc/aria'],
    ['$ARIA_HOME/trust', 'NAME.pub: keys whose bundles run; NAME.revoked: that do no longer'],
    ['$ARIA_HOME/aria.db', 'what is installed, active, granted; values of tools'],
    ['$ARIA_HOME/bundles', 'contents by hash; compiled: code by hash; uploads: what was cut'],
    ['$ARIA_HOME/token', 'bearer token of an administrator, made at the first start'],
    ['$ARIA_HOME/run/api.sock', 'gRPC; of the default home in $XDG_RUNTIME_DIR/aria, of root in /run/aria'],
  ],
} as const satisfies HelpFacts;

/** Adds every command. `run` gets the one that the user asked for. */
export function addCommands(program: Command, run: Run): void {
  addUp(program, run);
  addDoctor(program, run);
  addCall(program, run);
  addComponents(program, run);
  addStatus(program, run);
  addExplanations(program, run);
  addStreams(program, run);
  addBundles(program, run);
  addChanges(program, run);
  addCompletion(program, run);
}

/** A command that speaks to a host. */
function hostCommand(program: Command, name: string, json: string): Command {
  return addHostOptions(program.command(name), json);
}

function addUp(program: Command, run: Run): void {
  const address = (what: string): string => `where ${what} listens: "host:port", port 0 for any, or "off"`;
  const command = program
    .command('up')
    .description(
      'Run the host in the foreground: verify and register what is installed, and serve calls. Ends after SIGINT or SIGTERM when the calls in flight have ended.',
    )
    .option('--home <dir>', 'data directory (default: $ARIA_HOME, or ~/.aria)')
    .option('--config <file>', 'another aria.toml on top of those of system and data directory')
    .option('--trust <file>', 'a public key (NAME.pub) whose bundles run; may be repeated', repeated)
    .option('--allow-unsigned', 'run bundles that nobody signed')
    .option('--grpc <address>', address('gRPC over TCP'))
    .option('--web <address>', address('HTTP and WebSocket'))
    .option('--metrics <address>', address('Prometheus'))
    .addOption(new Option('--engine <engine>', 'what runs sandboxes').choices(['auto', 'wasmtime', 'v8']))
    .addOption(
      new Option('--log-level <level>', 'least level of log lines').choices(['debug', 'info', 'warn', 'error']),
    )
    .option('--foreground', 'stay in the foreground, which is what it always does')
    .option('--demo', 'run a host of its own in a temporary directory, with an example bundle signed and installed')
    .option('--json', 'print one line of JSON with the addresses when it is ready')
    .action((options: UpOptions) =>
      run('up', options, async (context) => (await import('./up-command.ts')).upCommand(options, context)),
    );
  addExamples(
    command,
    ['aria up', 'aria up --home ./host --trust release.pub --grpc 127.0.0.1:0 --json', 'aria up --demo'],
    upHelp,
  );
}

function addStatus(program: Command, run: Run): void {
  const command = hostCommand(program, 'status', 'print everything as JSON')
    .description('Show how the host is: phases of its boot, addresses, bundles, calls, what waits.')
    .action((options: HostOptions) =>
      run('status', options, async (context) => (await import('./status-command.ts')).statusCommand(options, context)),
    );
  addExamples(command, ['aria status', 'aria status --json'], hostHelp);
}

function addCall(program: Command, run: Run): void {
  const command = hostCommand(program, 'call', 'print the whole outcome as JSON: output or error, logs, usage, stack')
    .argument('<tool>', 'name of the tool, or BUNDLE/TOOL')
    .description(
      'Call a tool of the host. stdout gets exactly the output as JSON. Without --input a terminal is asked for the fields; elsewhere the input is {}.',
    )
    .option('-i, --input <json>', 'JSON, @FILE, or - for stdin; bytes as {"$base64": "…"}')
    .addOption(
      new Option('--timeout <ms>', "wall time of the call (default and maximum: the tool's own)").argParser(
        milliseconds,
      ),
    )
    .option('--session <name>', 'calls that name the same session may share a container, where the host allows that')
    .option('--idempotency-key <key>', 'a repeated key returns the first answer and does not call again')
    .option('--progress', 'say on stderr which operations the tool finishes')
    .action((tool: string, options: Omit<CallCommandOptions, 'tool'>) =>
      run('call', options, async (context) =>
        (await import('./call-command.ts')).callCommand({ ...options, tool }, context),
      ),
    );
  addExamples(
    command,
    [`aria call sumLines --input '{"lines":[250,120]}'`, 'aria call invoice-kit/sumLines --input @lines.json'],
    hostHelp,
  );
}

function addExplanations(program: Command, run: Run): void {
  const tokens = hostCommand(program, 'tokens', 'print everything as JSON')
    .description('Show who holds resource tokens, who waits for them and why, and how far quotas are used.')
    .action((options: HostOptions) =>
      run('tokens', options, async (context) => (await import('./tokens-command.ts')).tokensCommand(options, context)),
    );
  addExamples(tokens, ['aria tokens', 'aria tokens --json'], hostHelp);
  const why = hostCommand(program, 'why', 'print everything as JSON')
    .argument('<call>', 'id of a call that runs, waits, or ended a while ago')
    .description('Say where a call is, why it runs there, and why it has not started.')
    .action((call: string, options: Omit<WhyOptions, 'call'>) =>
      run('why', options, async (context) =>
        (await import('./why-command.ts')).whyCommand({ ...options, call }, context),
      ),
    );
  addExamples(why, ['aria why Zx3kPq9vLm2A-17'], hostHelp);
  const diverge = hostCommand(program, 'diverge', 'print everything as JSON')
    .argument('<tool>', 'name of the tool, or BUNDLE/TOOL')
    .description(
      'Run a call in the sandbox and in a container, and compare outputs, errors, logs and operations. Effects happen once: what the host answered the first run, the second one is told, too.',
    )
    .option('-i, --input <json>', 'JSON, @FILE, or - for stdin; bytes as {"$base64": "…"}; {} where absent')
    .addOption(
      new Option('--timeout <ms>', "wall time of each run (default and maximum: the tool's own)").argParser(
        milliseconds,
      ),
    )
    .action((tool: string, options: Omit<DivergeOptions, 'tool'>) =>
      run('diverge', options, async (context) =>
        (await import('./diverge-command.ts')).divergeCommand({ ...options, tool }, context),
      ),
    );
  addExamples(diverge, [`aria diverge sumLines --input '{"lines":[250,120]}'`], hostHelp);
}

function addComponents(program: Command, run: Run): void {
  for (const { name, kinds, article } of [
    { name: 'tools', kinds: ['tool'], article: 'a tool' },
    { name: 'agents', kinds: ['agent', 'team', 'pipeline'], article: 'an agent, team or pipeline' },
  ] as const) {
    const command = hostCommand(program, name, 'print everything as JSON')
      .argument('[name]', `${article}: shown in full`)
      .description(
        `List the ${name === 'tools' ? 'tools' : 'agents, teams and pipelines'} of the active bundles, or show one in full.`,
      )
      .option('-s, --search <text>', 'only those whose names or descriptions have these words, the best first')
      .option('-b, --bundle <name>', 'only of this bundle')
      .option('--names', 'print only the names, one in a line, as "aria call" takes them')
      .action((component: string | undefined, options: Omit<ComponentsOptions, 'name' | 'kinds'>) =>
        run(name, options, async (context) =>
          (await import('./components-command.ts')).componentsCommand({ ...options, name: component, kinds }, context),
        ),
      );
    addExamples(
      command,
      name === 'tools' ? ['aria tools', 'aria tools --search "invoice total"', 'aria tools sumLines'] : ['aria agents'],
      hostHelp,
    );
  }
}

function addBundles(program: Command, run: Run): void {
  const command = hostCommand(program, 'bundles', 'print everything as JSON')
    .description('List the versions of all bundles: active, installed, waiting for an approval, quarantined.')
    .option('--names', 'print only the names, one in a line')
    .option('--remove <name@version>', 'forget a version that is not active')
    .action((options: BundlesOptions) =>
      run('bundles', options, async (context) =>
        (await import('./bundles-command.ts')).bundlesCommand(options, context),
      ),
    );
  addExamples(command, ['aria bundles', 'aria bundles --remove invoice-kit@0.1.0'], hostHelp);
}

function addChanges(program: Command, run: Run): void {
  const rollback = hostCommand(program, 'rollback', 'print what became active as JSON')
    .argument('<bundle>', 'name of the bundle')
    .description(
      'Go back to the version of a bundle that was active before. Calls in flight end on the version that they began on.',
    )
    .option('--version <version>', 'to this version')
    .action((bundle: string, options: Omit<RollbackOptions, 'bundle'>) =>
      run('rollback', options, async (context) =>
        (await import('./rollback-command.ts')).rollbackCommand({ ...options, bundle }, context),
      ),
    );
  addExamples(rollback, ['aria rollback invoice-kit', 'aria rollback invoice-kit --version 0.1.0'], hostHelp);
  const approve = hostCommand(program, 'approve', 'print everything as JSON')
    .argument('[id]', 'what waits: "upgrade-…"; all that waits is listed where absent')
    .option('--names', 'print only the ids of what waits, one in a line')
    .description('Show what an upgrade asks for beyond what was granted, and grant it.')
    .option('--reject', 'refuse it instead; the version stays installed')
    .option('--show', 'only show it')
    .action((id: string | undefined, options: Omit<ApproveOptions, 'id'>) =>
      run('approve', options, async (context) =>
        (await import('./approve-command.ts')).approveCommand({ ...options, id }, context),
      ),
    );
  addExamples(
    approve,
    ['aria approve', 'aria approve upgrade-1f2e3d4c', 'aria approve upgrade-1f2e3d4c --reject'],
    hostHelp,
  );
}

function addStreams(program: Command, run: Run): void {
  const events = hostCommand(program, 'events', 'print each event as a line of JSON')
    .description('Follow what happens in the host, until an interrupt.')
    .option('--after <epoch:sequence>', 'go on behind this event')
    .option('--kind <kind>', 'only events of this kind; may be repeated', repeated)
    .action((options: EventsOptions) =>
      run('events', options, async (context) => (await import('./events-command.ts')).eventsCommand(options, context)),
    );
  addExamples(events, ['aria events', 'aria events --json --kind call.finished'], hostHelp);
  const logs = addLogsOptions(hostCommand(program, 'logs', 'print each line as JSON'))
    .description('Show lines of the log of the host and of its tools.')
    .action((options: LogsOptions) => run('logs', options, (context) => followLogs(options, context)));
  addExamples(
    logs,
    ['aria logs', 'aria logs --follow --json', 'aria logs --source invoice-kit --level debug'],
    hostHelp,
  );
}

function addDoctor(program: Command, run: Run): void {
  const command = program
    .command('doctor')
    .description('Check everything that a host and its calls need; say what to do where something is wrong.')
    .option('--home <dir>', 'data directory (default: $ARIA_HOME, or ~/.aria)')
    .option('--config <file>', 'the aria.toml that "aria up" would be given')
    .option('--json', 'print the findings as JSON')
    .action((options: DoctorOptions) =>
      run('doctor', options, async (context) => (await import('./doctor-command.ts')).doctorCommand(options, context)),
    );
  addExamples(command, ['aria doctor', 'aria doctor --json'], upHelp);
}

function addCompletion(program: Command, run: Run): void {
  const command = program
    .command('completion')
    .argument('<shell>', 'bash, zsh or fish')
    .description(
      'Print a script that completes commands, options, their values, and names of tools, bundles and upgrades, which it asks of the running host.',
    )
    .action((shell: string) =>
      run('completion', {}, async (context) =>
        (await import('./completion-command.ts')).completionCommand(shell, program, context),
      ),
    );
  addExamples(
    command,
    ['source <(aria completion bash)', 'aria completion fish > ~/.config/fish/completions/aria.fish'],
    hostHelp,
  );
}

function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function milliseconds(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > timeoutMsMax)
    throw new InvalidArgumentError(`Expected milliseconds from 1 to ${timeoutMsMax}`);
  return value;
}
