import { agent } from '@aria/sdk';
/** Of the same name. */
@agent({ task: 'x', tools: [] })
export class Clerk {}
