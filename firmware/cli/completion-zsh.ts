/** The script for zsh. */
import type { CompletedCommand, CompletedValue } from './completion-words.ts';

/** Completes options by `_arguments`; names are asked of the host. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef aria
# Completion of aria for zsh: source <(aria completion zsh), or a file _aria in a directory of $fpath
_aria_names() {
  local -a names host
  local -i at=\${words[(I)--home]}
  (( at > 0 && at < CURRENT - 1 )) && host=(--home "\${words[at+1]}")
  names=(\${(f)"$(aria $1 --names $host 2>/dev/null)"})
  names=(\${(M)names:#[A-Za-z0-9_@./-]##})
  compadd -a names
}
_aria() {
  setopt localoptions extendedglob
  local -a commands
  commands=(
${commands.map(({ name, about }) => `    '${name}:${quoted(about)}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}
if [[ $funcstack[1] == _aria ]]; then _aria "$@"; else compdef _aria aria; fi
`;
}

function commandCase({ name, options, argument }: CompletedCommand): string {
  const specs = options.flatMap(({ long, short, about, value }) =>
    [long, ...(short === undefined ? [] : [short])].map(
      (flag) => `'${flag}[${quoted(about)}]${value === undefined ? '' : `:value:${action(value)}`}'`,
    ),
  );
  const rest = argument === undefined ? [] : [`'1:name:${action(argument)}'`];
  return `    ${name}) _arguments ${[...specs, ...rest].join(' ')} ;;`;
}

function action(value: CompletedValue): string {
  switch (value.kind) {
    case 'files':
      return '_files';
    case 'directories':
      return '_files -/';
    case 'words':
      return `(${value.words.join(' ')})`;
    case 'host':
      return `_aria_names ${value.command}`;
    case 'free':
      return ' ';
  }
}

/** A text between single quotes, in which colons and brackets would mean something. */
function quoted(text: string): string {
  return text.replaceAll(/['\\\n]/g, ' ').replaceAll(/[:[\]]/g, String.raw`\$&`);
}
