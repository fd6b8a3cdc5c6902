/** Reads `@team`. */
import {
  type ManifestAgent,
  type ManifestTeam,
  manifestMaxima,
  orchestrationDefaults,
  strategyNames,
  teamTokens,
} from '#wit/manifest';
import type { Spelled } from '../decorator-options.ts';
import { OptionReader } from '../option-reader.ts';
import type { StaticValue } from '../static-value.ts';
import type { TunedTable, Tuning } from '../tuning.ts';
import { type OpenedComponent, tuned } from './component-options.ts';
import type { ComponentRegistry } from './registry.ts';

/** The options of `@team`. */
export const teamOptions = ['name', 'description', 'agents', 'members', 'strategy'];
const strategyOptions = ['name', 'description', 'manager', 'coordinationRules'];
const ruleOptions = ['maxParallelTasks', 'taskTimeout', 'handoffProtocol'];

/** Who else there is. */
export interface TeamSurroundings {
  readonly registry: ComponentRegistry;
  readonly agents: readonly ManifestAgent[];
  readonly tuning: Tuning;
}

/** Reads a team; what is wrong with it is reported, and stands as its default. */
export function readTeam(
  { options, name, description }: OpenedComponent,
  { registry, agents, tuning }: TeamSurroundings,
): ManifestTeam {
  const members = membersOf(options, registry);
  return {
    name,
    description,
    agents: [...members],
    strategy: strategyOf(options, { registry, members, table: tuning.teams.get(name) }),
    tokens: [
      ...teamTokens({ agents: [...members] }, { agents: new Map(agents.map((agent) => [agent.name, agent.tokens])) }),
    ],
  };
}

function membersOf(options: OptionReader, registry: ComponentRegistry): readonly string[] {
  const word = options.has('agents') ? 'agents' : 'members';
  if (options.has('agents') && options.has('members'))
    options.scope.report(options.value('members')?.node ?? options.record.node, {
      code: 'OPTION_TYPE_INVALID',
      message: 'Cannot read "members": it is another word for "agents", which is there too',
      remedy: 'Remove members',
    });
  if (!options.has(word)) options.missing('agents', `['…']`);
  const list = options.list(word);
  if (list !== undefined && list.items.length === 0)
    options.scope.report(list.node, {
      code: 'OPTION_TYPE_INVALID',
      message: `Cannot read "${word}": a team has an agent`,
      remedy: 'Name its agents',
    });
  const names = (list?.items ?? []).flatMap((item) => registry.one('agent', item) ?? []);
  return [...new Set(names)].slice(0, manifestMaxima.members);
}

interface StrategySources {
  readonly registry: ComponentRegistry;
  readonly members: readonly string[];
  readonly table: TunedTable | undefined;
}

function strategyOf(options: OptionReader, { registry, members, table }: StrategySources): ManifestTeam['strategy'] {
  const { scope } = options;
  const { name, inner } = strategyOptionsOf(options);
  const rules = inner?.object('coordinationRules');
  const rule = rules && new OptionReader('coordinationRules', rules, { known: ruleOptions, scope });
  const key = (path: string): { table: TunedTable | undefined; key: string } => ({ table, key: `strategy.${path}` });
  const description = tuned(
    inner?.text('description', manifestMaxima.descriptionCharacters),
    key('description'),
    scope,
  );
  const manager = tuned(managerOf(inner?.value('manager'), registry), key('manager'), scope);
  checkManager(manager, members, { options, table });
  const handoffProtocol = tuned(
    rule?.text('handoffProtocol', manifestMaxima.promptCharacters),
    key('coordination_rules.handoff_protocol'),
    scope,
  );
  return {
    name: tuned(name, key('name'), scope) ?? orchestrationDefaults.strategy,
    ...(description === undefined ? {} : { description }),
    ...(manager === undefined ? {} : { manager }),
    maxParallelTasks:
      tuned(
        rule?.number('maxParallelTasks', { minimum: 1, maximum: manifestMaxima.maxParallel }),
        key('coordination_rules.max_parallel_tasks'),
        scope,
      ) ?? orchestrationDefaults.maxParallelTasks,
    taskTimeoutMs:
      tuned(
        rule?.number('taskTimeout', { minimum: 1, maximum: manifestMaxima.timeoutMs, unit: ' ms' }),
        key('coordination_rules.task_timeout_ms'),
        scope,
      ) ?? orchestrationDefaults.timeoutMs,
    ...(handoffProtocol === undefined ? {} : { handoffProtocol }),
  };
}

type StrategyName = ManifestTeam['strategy']['name'];

/** A strategy is its name alone, or an object. */
function strategyOptionsOf(options: OptionReader): {
  readonly name?: Spelled<StrategyName> | undefined;
  readonly inner?: OptionReader;
} {
  const value = options.value('strategy');
  if (value === undefined) return {};
  if (value.kind === 'scalar') return { name: options.choice('strategy', strategyNames) };
  const record = options.object('strategy');
  if (record === undefined) return {};
  const inner = new OptionReader('strategy', record, { known: strategyOptions, scope: options.scope });
  return { name: inner.choice('name', strategyNames), inner };
}

function managerOf(value: StaticValue | undefined, registry: ComponentRegistry): Spelled<string> | undefined {
  const name = value && registry.one('agent', value);
  return value === undefined || name === undefined ? undefined : { value: name, node: value.node };
}

function checkManager(
  manager: string | undefined,
  members: readonly string[],
  { options, table }: { readonly options: OptionReader; readonly table: TunedTable | undefined },
): void {
  if (manager === undefined || members.includes(manager)) return;
  const tunedPlace = table?.values.get('strategy.manager')?.place;
  const place = tunedPlace ?? options.scope.place(options.value('strategy')?.node ?? options.record.node);
  options.scope.collector.report(place, {
    code: 'REFERENCE_UNKNOWN',
    message: `Cannot let "${manager}" manage the team: it is none of its agents`,
    remedy:
      members.length === 0 ? 'Add it to the agents' : `Name one of ${members.join(', ')}, or add it to the agents`,
  });
}
