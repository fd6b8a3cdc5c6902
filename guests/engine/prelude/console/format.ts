/** https://console.spec.whatwg.org/#formatter, in the manner of Node's `util.format`. */
import { cut, inspect } from './inspect.ts';

/** The arguments of a console function as one text. Never throws. */
export function format(args: readonly unknown[]): string {
  const [first, ...rest] = args;
  if (typeof first !== 'string') return cut(args.map(shown).join(' '));
  if (rest.length === 0) return cut(first);
  let used = 0;
  const text = first.replace(/%[sdifjoOc%]/g, (directive) => {
    if (directive === '%%') return '%';
    if (used >= rest.length) return directive;
    const value = rest[used];
    used += 1;
    return substituted(directive, value);
  });
  return cut([text, ...rest.slice(used).map(shown)].join(' '));
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value);
}

function substituted(directive: string, value: unknown): string {
  switch (directive) {
    case '%s':
      if (typeof value === 'string') return value;
      return typeof value === 'object' && value !== null ? inspect(value, { depth: 0 }) : inspect(value);
    case '%d':
      return typeof value === 'bigint' ? `${value}n` : numberText(value, Number);
    case '%i':
      return typeof value === 'bigint' ? `${value}n` : numberText(value, (given) => Number.parseInt(String(given), 10));
    case '%f':
      return typeof value === 'symbol' ? 'NaN' : numberText(value, (given) => Number.parseFloat(String(given)));
    case '%j':
      return jsonText(value);
    case '%o':
      return inspect(value, { depth: 4, showHidden: true });
    case '%O':
      return inspect(value, { depth: 4 });
    default:
      return '';
  }
}

function numberText(value: unknown, convert: (value: unknown) => number): string {
  if (typeof value === 'symbol' || (typeof value === 'object' && value !== null)) return 'NaN';
  const number = convert(value);
  return Object.is(number, -0) ? '-0' : String(number);
}

function jsonText(value: unknown): string {
  try {
    return String(JSON.stringify(value));
  } catch {
    return '[Circular]';
  }
}
