/** Follows the code of each tool to what it uses of the SDK, and judges that by its tokens. */
import { printToken } from '#wit/tokens';
import { type Callable, type UsingTool, checkUses } from '../check/check-uses.ts';
import { unusedTokens } from '../check/check-unused-tokens.ts';
import { tokenOf } from '../check/wanted-tokens.ts';
import type { FoundTool } from './found-tool.ts';
import type { ReadTool } from './project.ts';
import type { ReadScope } from './read-scope.ts';
import { CodeFollower, type ReachedCode } from './uses/follow-code.ts';
import type { FoundUse } from './uses/found-use.ts';

/** A tool as found and as read. */
export interface ToolPair {
  readonly found: FoundTool;
  readonly read: ReadTool;
}

/** The tools and agents of a project. */
export interface ReachingProject {
  readonly tools: readonly ToolPair[];
  readonly agents: readonly Callable[];
}

/**
 * Reports uses without a token, and tokens without a use.
 * @returns by tool, the names of globals that only a container has
 */
export function checkReach(
  { tools, agents }: ReachingProject,
  code: ReachedCode,
  scope: ReadScope,
): ReadonlyMap<ReadTool, ReadonlySet<string>> {
  const follower = new CodeFollower(code, scope);
  const apart = new Set(tools.map(({ found }) => found.body));
  const globalsByTool = new Map<ReadTool, ReadonlySet<string>>();
  const usingTools = tools.map((tool) => {
    const { uses, globals } = follower.reach(tool.found.body, { wholeClasses: false, apart });
    globalsByTool.set(tool.read, globals);
    return { pair: tool, using: usingTool(tool, uses, scope) };
  });
  const others = {
    tools: new Map(usingTools.map(({ using }) => [using.name, using])),
    agents: new Map(agents.map((agent) => [agent.name, agent])),
  };
  for (const { pair, using } of usingTools) {
    // Of tokens that cannot be read something else is said already.
    if (!hasReadableTokens(pair)) continue;
    checkUses(using, others, scope.collector);
    if (using.tokens.length === 0) continue;
    const { uses, packages } = follower.reach(pair.found.body, { wholeClasses: true, apart });
    warnOfUnused(pair, unusedTokens({ ...usingTool(pair, uses, scope), packages }, pair.read.tokens, others), scope);
  }
  return globalsByTool;
}

/** At each place where the tool names the token. */
function warnOfUnused({ found, read }: ToolPair, unused: ReadonlySet<string>, scope: ReadScope): void {
  for (const { value, node } of found.read.options.tokens ?? []) {
    if (!unused.has(canonicalToken(value))) continue;
    scope.reportUnlessErrors(node, {
      code: 'TOKEN_UNUSED',
      severity: 'warning',
      message: `Cannot find a use of "${value}": nothing in the code of "${read.name}" needs it`,
      remedy: `Remove it from the tokens of "${read.name}"`,
    });
  }
}

function canonicalToken(text: string): string {
  const token = tokenOf(text);
  return token === undefined ? text : printToken(token);
}

function usingTool({ read }: ToolPair, uses: readonly FoundUse[], scope: ReadScope): UsingTool {
  return {
    name: read.name,
    tokens: read.tokens,
    uses: uses.map(({ node, ...use }) => ({ ...use, place: scope.place(node) })),
  };
}

function hasReadableTokens({ found: { read } }: ToolPair): boolean {
  const { tokens } = read.options;
  return tokens === undefined ? !read.given.has('tokens') : tokens.every(({ value }) => tokenOf(value) !== undefined);
}
