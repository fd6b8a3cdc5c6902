import { tool } from '@aria/sdk';
import { execa } from 'execa';

export const list = tool({ description: 'A command run as a child process' }, async () => ({ text: String((await execa('ls')).stdout) }));
