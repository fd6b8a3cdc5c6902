import { tool } from '@aria/sdk';
import { execa } from 'execa';

export const inputs = [{ text: 'to be' }];

export const shouted = tool(
  { description: 'A command run as a child process', tokens: ['spawn:self:exec'] },
  async ({ text }: { text: string }): Promise<{ said: string; exitCode: number }> => {
    const { stdout } = await execa(process.execPath, ['-e', 'process.stdin.on("data", (text) => process.stdout.write(String(text).toUpperCase()))'], { input: text });
    const { exitCode } = await execa(process.execPath, ['-e', 'process.exit(7)'], { reject: false });
    return { said: String(stdout), exitCode: exitCode ?? 0 };
  },
);
