import { remainingMs, signal, tool } from '@aria/sdk';

export const untilAborted = tool({ name: 'untilAborted', description: 'Waits for its signal', timeout: 3_000 }, async (): Promise<{ remaining: number; reason: string; left: boolean }> => {
  const remaining = remainingMs();
  const reason = await new Promise<string>((resolve) => {
    signal().addEventListener('abort', () => resolve((signal().reason as Error).name));
  });
  return { remaining, reason, left: remainingMs() > 0 };
});
