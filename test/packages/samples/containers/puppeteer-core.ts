import { tool } from '@aria/sdk';
import puppeteer from 'puppeteer-core';

export const inputs = [{ path: '/no/browser' }];

export const looked = tool({ description: 'A browser started and driven' }, async ({ path }: { path: string }): Promise<string> => {
  try {
    await (await puppeteer.launch({ executablePath: path })).close();
    return 'started';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
});
