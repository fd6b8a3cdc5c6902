/** Tries every interleaving of small programs: tools that hold, use and call, in any order and beside each other. */
import { conflicts, parseToken } from '#wit/tokens';

/** A tool of a small program. */
export interface SmallTool {
  /** Tokens that it holds from its start to its end. */
  readonly holds: readonly string[];
  /** Tokens of its operations. */
  readonly uses: readonly string[];
  /** Places of the tools that it may call. */
  readonly calls: readonly number[];
}

/** `gpu:any:compute` stands for units of a quota with this many; 0: there is no quota. */
export interface SmallProgram {
  readonly tools: readonly SmallTool[];
  readonly units: number;
}

interface Frame {
  readonly tool: number;
  readonly parent: number;
  /** What it waits for: its start, an operation, or nothing. */
  readonly waits: 'start' | string | undefined;
}
type State = readonly Frame[];

const unit = 'gpu:any:compute';

/** Whether some order of steps leads to calls that wait for each other; `undefined` where there are too many orders. */
export function canDeadlock(program: SmallProgram, framesMax: number, statesMax: number): boolean | undefined {
  const seen = new Set<string>();
  const open: State[] = [[]];
  for (const state of open) {
    for (const next of moves(program, state, framesMax)) {
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size > statesMax) return undefined;
      if (isStuck(program, next)) return true;
      open.push(next);
    }
  }
  return false;
}

/** Calls that end only give back: they are left out, since whoever has ended might as well not have begun. */
function* moves(program: SmallProgram, state: State, framesMax: number): Generator<State> {
  for (const [at, frame] of state.entries()) {
    if (frame.waits !== undefined) continue;
    for (const use of program.tools[frame.tool]?.uses ?? [])
      if (isBlocked(program, state, at, [use])) yield state.with(at, { ...frame, waits: use });
    if (state.length >= framesMax) continue;
    for (const tool of program.tools[frame.tool]?.calls ?? []) yield begun(program, state, { tool, parent: at });
  }
  if (state.length >= framesMax) return;
  for (const tool of program.tools.keys()) yield begun(program, state, { tool, parent: -1 });
}

function begun(program: SmallProgram, state: State, { tool, parent }: Omit<Frame, 'waits'>): State {
  const next = [...state, { tool, parent, waits: undefined }];
  if (!isBlocked(program, next, state.length, program.tools[tool]?.holds ?? [])) return next;
  return [...state, { tool, parent, waits: 'start' }];
}

function line(state: State, at: number): ReadonlySet<number> {
  const found = new Set<number>();
  for (let place = at; place >= 0; place = state[place]?.parent ?? -1) found.add(place);
  return found;
}

function heldBy({ tools }: SmallProgram, { tool, waits }: Frame): readonly string[] {
  return waits === 'start' ? [] : (tools[tool]?.holds ?? []);
}

function isBlocked(
  program: SmallProgram,
  state: State,
  at: number,
  wanted: readonly string[],
  gone: ReadonlySet<number> = new Set(),
): boolean {
  const own = line(state, at);
  let units = program.units;
  let needed = wanted.includes(unit) && program.units > 0 ? 1 : 0;
  for (const [place, frame] of state.entries()) {
    if (place === at || gone.has(place)) continue;
    const held = heldBy(program, frame);
    if (own.has(place)) {
      if (held.includes(unit)) needed = 0;
      continue;
    }
    if (wanted.some((want) => held.some((other) => areConflicting(want, other)))) return true;
  }
  for (const [place, frame] of state.entries())
    if (!gone.has(place) && place !== at && takesUnit(program, state, place, frame)) units -= 1;
  return needed > units;
}

/** A call takes no unit where its callers have one. */
function takesUnit(program: SmallProgram, state: State, at: number, frame: Frame): boolean {
  if (program.units === 0 || !heldBy(program, frame).includes(unit)) return false;
  for (const place of line(state, at)) {
    const above = state[place];
    if (place !== at && above !== undefined && heldBy(program, above).includes(unit)) return false;
  }
  return true;
}

const known = new Map<string, boolean>();

function areConflicting(left: string, right: string): boolean {
  const key = `${left} ${right}`;
  let answer = known.get(key);
  if (answer === undefined) known.set(key, (answer = conflicts(parseToken(left), parseToken(right))));
  return answer;
}

/** Lets everybody end who can; whoever is left waits for ever. */
function isStuck(program: SmallProgram, state: State): boolean {
  const gone = new Set<number>();
  for (let before = -1; before !== gone.size;) {
    before = gone.size;
    for (const [at, frame] of state.entries()) {
      if (gone.has(at) || state.some(({ parent }, place) => parent === at && !gone.has(place))) continue;
      const wanted = frame.waits === 'start' ? (program.tools[frame.tool]?.holds ?? []) : [frame.waits ?? ''];
      if (frame.waits === undefined || !isBlocked(program, state, at, wanted, gone)) gone.add(at);
    }
  }
  return gone.size < state.length;
}

/** The same for states that differ in the order of calls only. */
function keyOf(state: State): string {
  const text = (at: number): string => {
    const { tool, waits } = state[at] ?? { tool: -1, waits: undefined };
    return `${tool}${waits ?? ''}(${below(at).join('')})`;
  };
  const below = (parent: number): readonly string[] =>
    [...state.keys()]
      .filter((at) => state[at]?.parent === parent)
      .map(text)
      .toSorted();
  return below(-1).join('');
}
