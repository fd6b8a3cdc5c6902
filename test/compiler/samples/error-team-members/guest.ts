import { agent, team } from '@aria/sdk';
/** One. */
@agent({ task: 'One', tools: [] })
export class Clerk {}
/** None. */
@team({ agents: [] })
export class Empty {}
/** Unknown. */
@team({ agents: ['clark', Empty, 'empty'], members: ['clerk'], strategy: 'sequentially' })
export class Desk {}
/** Managed. */
@team({ agents: ['clerk'], strategy: { name: 'hierarchical', manager: 'boss', rules: {} } })
export class Managed {}
/** Nobody. */
@team({})
export class Nobody {}
