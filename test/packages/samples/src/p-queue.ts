import { tool } from '@aria/sdk';
import PQueue from 'p-queue';

export const pQueue = tool({ description: 'A queue with priorities, pauses, timeouts and events' }, async ({ jobs }: { jobs: { name: string; priority: number }[] }) => {
  const queue = new PQueue({ concurrency: 1, autoStart: false });
  const ran: string[] = [];
  let idle = 0;
  queue.on('idle', () => (idle += 1));
  for (const { name, priority } of jobs) void queue.add(async () => ran.push(name), { priority });
  queue.start();
  await queue.onIdle();
  const late = await queue.add(() => new Promise((resolve) => setTimeout(resolve, 1000)), { timeout: 5 }).catch((error: Error) => error.name);
  return { ran, idle, late: String(late), size: queue.size };
});

export const inputs = [{ jobs: [{ name: 'a', priority: 0 }, { name: 'b', priority: 5 }, { name: 'ä', priority: 1 }] }];
