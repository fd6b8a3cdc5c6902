import { agent } from '@aria/sdk';

/** Talks. */
@agent({ task: 'Talk', tools: [] })
export class Talker {}
