/** The script for bash. */
import { type CompletedCommand, type CompletedOption, type CompletedValue, namePattern } from './completion-words.ts';

/** Completes by the words alone, without the package bash-completion. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of aria for bash: source <(aria completion bash)
# What the host tells is looked at before it is offered; nothing of it is expanded.
_aria_names() {
  local name
  while IFS= read -r name; do
    [[ $name =~ ${namePattern} && $name == "$word"* ]] && COMPREPLY+=("$name")
  done < <(aria "$1" --names "\${host[@]}" 2>/dev/null)
}
_aria_words() { COMPREPLY+=($(compgen -W "$1" -- "$word")); }
_aria() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}" given=0 at
  local -a host=()
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    _aria_words "${commands.map(({ name }) => name).join(' ')} --help --version"
    return
  fi
  for (( at = 2; at < COMP_CWORD; at++ )); do
    case "$command \${COMP_WORDS[at]}" in
${valueOptions(commands)}
        [[ \${COMP_WORDS[at]} == --home && $((at + 1)) -lt $COMP_CWORD ]] && host=(--home "\${COMP_WORDS[at+1]}")
        (( at++ )) ;;
      *" -"*) ;;
      *) (( given++ )) ;;
    esac
  done
  case "$command $before" in
${commands.flatMap((command) => command.options.flatMap((option) => valueCase(command, option))).join('\n')}
  esac
  if [[ $word == -* ]]; then
    case "$command" in
${commands.map(({ name, options }) => `      ${name}) _aria_words "${options.map(({ long }) => long).join(' ')}" ;;`).join('\n')}
    esac
    return
  fi
  (( given > 0 )) && return
  case "$command" in
${commands.flatMap(({ name, argument }) => (argument === undefined || argument.kind === 'free' ? [] : [`    ${name}) ${action(argument)} ;;`])).join('\n')}
  esac
}
complete -F _aria aria
`;
}

/** A pattern of all options that take a value, so that the value is no argument. */
function valueOptions(commands: readonly CompletedCommand[]): string {
  const all = commands.flatMap(({ name, options }) =>
    options.filter(({ value }) => value !== undefined).flatMap((option) => namesOf(name, option)),
  );
  return `      ${all.join('|')})`;
}

function namesOf(command: string, { long, short }: CompletedOption): readonly string[] {
  return [long, ...(short === undefined ? [] : [short])].map((name) => `"${command} ${name}"`);
}

function valueCase({ name }: CompletedCommand, option: CompletedOption): readonly string[] {
  const { long, value } = option;
  if (value === undefined) return [];
  // What is typed behind the @ is a file.
  const act =
    long === '--input'
      ? `[[ $word == @* ]] && { compopt -o filenames -o nospace 2>/dev/null; COMPREPLY=($(compgen -P @ -f -- "\${word#@}")); }`
      : action(value);
  return [`    ${namesOf(name, option).join('|')}) ${act}; return ;;`];
}

function action(value: CompletedValue): string {
  switch (value.kind) {
    case 'files':
      return 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word"))';
    case 'directories':
      return 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$word"))';
    case 'words':
      return `_aria_words "${value.words.join(' ')}"`;
    case 'host':
      return `_aria_names ${value.command}`;
    case 'free':
      return ':';
  }
}
