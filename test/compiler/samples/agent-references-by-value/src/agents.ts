import { agent as clerk } from '@aria/sdk';
import * as tools from './tools.ts';
import { Kit as Shelf } from './tools.ts';

/** Keeps orders. */
@clerk({ task: 'Keep orders', tools: [Shelf, tools.count], llm: 'mistral:mistral-small' })
class Keeper {}
export { Keeper };
