import { createV8Engine } from '#host';
import { javascript, limits, loadRaw, start } from '../conformance/engine-subject.ts';
await using engine = createV8Engine({ workersUsual: 1 });
const p = async (component: any, input: string, n: number) => {
  const t: number[] = [];
  for (let i = 0; i < n; i += 1) { const s = performance.now(); using c = component.open(limits); await c.begin(start(input)); t.push(performance.now() - s); if (i % 100 === 0) await new Promise((r) => setTimeout(r, 1)); }
  const u = t.slice(n / 4).sort((a, b) => a - b); return `${(u[u.length >> 1]! * 1000).toFixed(0)} us p50, ${(u[Math.floor(u.length*0.9)]! * 1000).toFixed(0)} p90`;
};
using js = await engine.load(await javascript('return input.a;'));
using raw = await loadRaw({ engine });
for (let k = 0; k < 3; k++) console.log('js', await p(js, '{"a":1}', 4000), 'raw', await p(raw, 'd', 4000));
