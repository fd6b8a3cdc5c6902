/** The script for fish. */
import { type CompletedCommand, type CompletedOption, type CompletedValue, namePattern } from './completion-words.ts';

/** One line for each command and option, as fish keeps them. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of aria for fish: aria completion fish > ~/.config/fish/completions/aria.fish
function __aria_names
  aria $argv[1] --names 2>/dev/null | string match --regex '${namePattern}'
end
complete -c aria -f
${commands.flatMap(commandLines).join('\n')}
`;
}

function commandLines({ name, about, options, argument }: CompletedCommand): readonly string[] {
  const within = `-n '__fish_seen_subcommand_from ${name}'`;
  const values = argument === undefined ? '' : action(argument);
  return [
    `complete -c aria -n __fish_use_subcommand -a ${name} -d '${quoted(about)}'`,
    ...options.map((option) => optionLine(within, option)),
    ...(values === '' ? [] : [`complete -c aria ${within} ${values}`]),
  ];
}

function optionLine(within: string, { long, short, about, value }: CompletedOption): string {
  const names = `-l ${long.slice(2)}${short === undefined ? '' : ` -s ${short.slice(1)}`}`;
  // -x: a value, and no file in its place.
  const values = value === undefined ? '' : ` ${value.kind === 'files' ? '-r' : '-x'} ${action(value)}`.trimEnd();
  return `complete -c aria ${within} ${names}${values} -d '${quoted(about)}'`;
}

function action(value: CompletedValue): string {
  switch (value.kind) {
    case 'files':
      return '-F';
    case 'directories':
      return `-a '(__fish_complete_directories)'`;
    case 'words':
      return `-a '${value.words.join(' ')}'`;
    case 'host':
      return `-a '(__aria_names ${value.command})'`;
    case 'free':
      return '';
  }
}

function quoted(text: string): string {
  return text.replaceAll(/['\\\n]/g, ' ');
}
