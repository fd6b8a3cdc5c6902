import { tool } from '@aria/sdk';
import { Builder, parseStringPromise } from 'xml2js';

export const inputs = [{ xml: '<notes at="7"><note>a &amp; b</note><note/></notes>' }, { xml: '<a><b></a>' }];

export const parsed = tool({ description: 'XML by events of Node' }, async ({ xml }: { xml: string }): Promise<{ json: string; again: string }> => {
  try {
    const value: unknown = await parseStringPromise(xml);
    return { json: JSON.stringify(value), again: new Builder().buildObject(value) };
  } catch (error) {
    return { json: '', again: error instanceof Error ? error.message : '' };
  }
});
