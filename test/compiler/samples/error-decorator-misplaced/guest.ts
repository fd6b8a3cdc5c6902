import { agent, team, tool } from '@aria/sdk';
export class Kit {
  /** Works. */
  @agent({ task: 'x', tools: [] })
  work(): void {}
  /** Works, too. */
  @tool()
  ok(): void {}
  /** A field. */
  @team({ agents: [] })
  field = 1;
}
