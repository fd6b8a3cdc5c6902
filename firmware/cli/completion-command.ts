/** `aria completion`: scripts that complete commands and options, made of the commands themselves, and names of tools, asked of the host. */
import type { Command } from 'commander';
import { usageWrong } from '#terminal';
import { type ExitCode, exitCodes } from '#wit/errors';
import type { CommandContext } from './context.ts';

type Script = (program: Command) => string;

const scripts: Readonly<Record<string, Script>> = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** Commands whose argument is a name of the host, and how to ask for those. */
const namesOf: Readonly<Record<string, { readonly command: string; readonly key: string }>> = {
  call: { command: 'tools', key: 'components' },
  tools: { command: 'tools', key: 'components' },
  agents: { command: 'agents', key: 'components' },
  rollback: { command: 'bundles', key: 'bundles' },
};

/** Prints the script of a shell. @throws {CodedError} `USAGE` for another shell. */
export async function completionCommand(
  shell: string,
  program: Command,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
  if (script === undefined)
    throw usageWrong('aria completion', `there is no script for "${shell}"`, 'Name one of bash, zsh, fish');
  await terminal.write(script(program));
  return exitCodes.done;
}

/** Names in the JSON of a listing, one in a line; sed, since nothing else is everywhere. */
function namesCommand(program: Command, command: string, words: string): string {
  const source = Object.hasOwn(namesOf, command) ? namesOf[command] : undefined;
  if (source === undefined) return '';
  return `${program.name()} ${source.command} --json ${words} 2>/dev/null | tr ',{' '\\n\\n' | sed -n 's/^"name":"\\([^"]*\\)"$/\\1/p' | sort -u`;
}

function optionsOf(command: Command): readonly string[] {
  return [...command.options.flatMap(({ long }) => (long == null ? [] : [long])), '--help'];
}

function bashScript(program: Command): string {
  const name = program.name();
  const cases = program.commands.map((command) => {
    const names = namesCommand(program, command.name(), '');
    const dynamic = names === '' ? '' : `[[ $word != -* ]] && words="$words $(${names})"`;
    return `    ${command.name()}) words="${optionsOf(command).join(' ')}"; ${dynamic === '' ? '' : `${dynamic};`} ;;`;
  });
  return `# Completion of ${name} for bash: source <(${name} completion bash)
_${name}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=""
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="${program.commands.map((command) => command.name()).join(' ')} --help --version"
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
    --home|--config|--trust|--token-file|--input) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _${name} ${name}
`;
}

function zshScript(program: Command): string {
  const name = program.name();
  const list = program.commands.map((command) => `'${command.name()}:${quoted(firstSentence(command))}'`);
  const cases = program.commands.map((command) => {
    const names = namesCommand(program, command.name(), '');
    const dynamic = names === '' ? '' : `[[ $PREFIX != -* ]] && compadd -- \${(f)"$(${names})"}; `;
    return `    ${command.name()}) ${dynamic}compadd -- ${optionsOf(command).join(' ')}; _files ;;`;
  });
  return `#compdef ${name}
# Completion of ${name} for zsh: source <(${name} completion zsh)
_${name}() {
  local -a commands
  commands=(${list.join(' ')})
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$words[2]" in
${cases.join('\n')}
  esac
}
compdef _${name} ${name}
`;
}

function fishScript(program: Command): string {
  const name = program.name();
  const lines = program.commands.flatMap((command) => {
    const within = `-n "__fish_seen_subcommand_from ${command.name()}"`;
    const names = namesCommand(program, command.name(), '');
    return [
      `complete -c ${name} -n __fish_use_subcommand -a ${command.name()} -d '${quoted(firstSentence(command))}'`,
      ...command.options.flatMap(({ long, description }) =>
        long == null ? [] : [`complete -c ${name} ${within} -l ${long.slice(2)} -d '${quoted(description)}'`],
      ),
      ...(names === ''
        ? []
        : [`complete -c ${name} ${within} -f -a "(${names.replaceAll('"', '\\"').replaceAll('$', String.raw`\$`)})"`]),
    ];
  });
  return `# Completion of ${name} for fish\n${lines.join('\n')}\n`;
}

function firstSentence(command: Command): string {
  return command.description().split(/[.;:] /, 1)[0] ?? '';
}

function quoted(text: string): string {
  return text.replaceAll(/['\\\n]/g, ' ').replaceAll(':', ' ');
}
