import { tool } from '@aria/sdk';
import puppeteer from 'puppeteer-core';

export const look = tool({ description: 'A browser started and driven' }, async ({ url }: { url: string }) => {
  const browser = await puppeteer.launch();
  const page = await browser.newPage();
  await page.goto(url);
  return { title: await page.title() };
});
