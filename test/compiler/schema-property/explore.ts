import { compare } from './differences.ts';
import { printType } from './print-type.ts';
import { shrink, valueText } from './shrink.ts';
import { randomSubject } from './subject.ts';
const seed = Number(process.argv[2] ?? 1), count = Number(process.argv[3] ?? 200), shrinks = Number(process.argv[4] ?? 30);
const only = process.argv[5];
const t0 = Date.now();
const all = [];
for (let i = 0; i < count; i += 100) {
  const outcome = compare(Array.from({ length: 100 }, (_, k) => randomSubject(seed, i + k)));
  console.log('compared', outcome.compared, 'fit', outcome.fitting, 'invalid', outcome.invalid.length, outcome.invalid.slice(0, 3), 'diff', outcome.differences.length, Date.now() - t0, 'ms');
  all.push(...outcome.differences);
}
const perKind = new Map<string, number>();
const seen = new Set<string>();
let done = 0;
const subjectsSeen = new Set<string>();
for (const d of all) {
  perKind.set(d.kind, (perKind.get(d.kind) ?? 0) + 1);
}
console.log(perKind);
for (const d of all) {
  if (only && !d.kind.includes(only)) continue;
  const key = d.kind + d.subject; 
  if (subjectsSeen.has(key) || done >= shrinks) continue;
  subjectsSeen.add(key); done++;
  const s = shrink(d);
  const { declarations, expression } = printType(s.type);
  const line = `${s.kind}\n   ${[...declarations, expression].join('\n   ')}\n   value ${Object.hasOwn(s, 'value') ? valueText(s.value) : '-'}`;
  if (seen.has(line)) continue;
  seen.add(line);
  console.log(`#${d.subject} ${line}\n   ${s.reason.slice(0, 400)}`);
}
