import { tool } from '@aria/sdk';
import { Person as Human, Team, base } from './schemas.ts';

const inputs = Team;
/** Takes a team. */
export const team = tool({ inputs }, ({ members }) => members.length);
/** Takes a person. */
export const person = tool({ inputs: Human, outputs: Human }, (human) => human);
/** Has its options from elsewhere. */
export const counted = tool({ ...base }, ({ count }) => count);
