/** Agents and teams in the manifest. */
import { z } from 'zod';
import { componentName, componentReference, description, prompt, text, timeoutMs, token } from './fields.ts';
import { manifestMaxima } from './limits.ts';

/** What an agent remembers. */
export const agentMemories = ['none', 'session', 'long-term'] as const;
/** How a team works together. */
export const strategyNames = [
  'adaptive-coordination',
  'parallel',
  'sequential',
  'pipeline',
  'hierarchical',
  'collaborative',
  'role-based',
] as const;

const references = z.array(componentReference).max(manifestMaxima.members);
const tokens = z.array(token).max(manifestMaxima.tokensPerOrchestration);
const texts = z.array(prompt).max(manifestMaxima.texts);

/** An agent in a manifest. */
export const agentSchema = z.strictObject({
  name: componentName,
  description,
  task: prompt,
  /** Tools, in the author's order. */
  tools: references,
  llm: z.strictObject({
    provider: z.string().min(1).max(64),
    model: z.string().min(1).max(128),
    temperature: z.number().min(0).max(2).optional(),
    maxTokens: z.int().min(1).max(manifestMaxima.maxTokens).optional(),
  }),
  systemPrompt: prompt.optional(),
  directives: texts.optional(),
  capabilities: texts.optional(),
  maxCalls: z.int().min(1).max(manifestMaxima.maxCalls),
  timeoutMs,
  memory: z.enum(agentMemories),
  /** The union of its model's, its tools' and their calls' tokens; sorted. */
  tokens,
});

/** A team in a manifest. */
export const teamSchema = z.strictObject({
  name: componentName,
  description,
  /** Agents, in the order of their turns. */
  agents: references.min(1),
  strategy: z.strictObject({
    name: z.enum(strategyNames),
    description: text.max(manifestMaxima.descriptionCharacters).optional(),
    manager: componentReference.optional(),
    maxParallelTasks: z.int().min(1).max(manifestMaxima.maxParallel),
    taskTimeoutMs: timeoutMs,
    handoffProtocol: prompt.optional(),
  }),
  /** The union of its agents' tokens and of those that call them; sorted. */
  tokens,
});

/** An agent in a manifest. */
export type ManifestAgent = z.infer<typeof agentSchema>;
/** A team in a manifest. */
export type ManifestTeam = z.infer<typeof teamSchema>;
