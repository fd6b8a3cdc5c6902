import { agent, team } from '@aria/sdk';
import { Clerk as Other } from './b.ts';
/** One. */
@agent({ name: 'the clerk', task: 'x', tools: [] })
export class First {}
/** Two. */
@agent({ task: 'x', tools: [] })
export class Clerk {}
/** Three. */
@team({ name: 'CLERK', agents: [Other] })
export class Desk {}
