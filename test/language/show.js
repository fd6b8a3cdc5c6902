// Turns any value into JSON, canonically, so that what JSON has no word for can be compared too. Plain JavaScript: both engines read it as text.
function show(value, seen = []) {
  const tag = (kind, rest) => ({ '~': kind, ...(rest === undefined ? {} : { v: rest }) });
  switch (typeof value) {
    case 'undefined':
      return tag('undefined');
    case 'number':
      return Object.is(value, -0) ? tag('-0') : Number.isFinite(value) ? value : tag(String(value));
    case 'bigint':
    case 'symbol':
      return tag(typeof value, String(value));
    case 'function':
      return tag('function', value.name);
    case 'string':
    case 'boolean':
      return value;
  }
  if (value === null) return null;
  if (seen.includes(value)) return tag('seen', seen.indexOf(value));
  const inner = (other) => show(other, [...seen, value]);
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  if (Array.isArray(value)) return Array.from(value, (item, index) => (index in value ? inner(item) : tag('hole')));
  if (kind === 'Date') return tag('Date', inner(value.getTime()));
  if (kind === 'RegExp') return tag('RegExp', String(value));
  if (kind === 'Map' || kind === 'Set') return tag(kind, [...value].map(inner));
  if (kind === 'ArrayBuffer') return tag(kind, [...new Uint8Array(value)]);
  if (ArrayBuffer.isView(value) && kind !== 'DataView') return tag(kind, Array.from(value, inner));
  if (value instanceof Error) return tag('Error', value.name);
  return Object.fromEntries(Object.keys(value).map((key) => [key, inner(value[key])]));
}
