import { tool } from '@aria/sdk';
import { parseStringPromise } from 'xml2js';

export const parseXml = tool({ description: 'XML by events of Node' }, async ({ xml }: { xml: string }) => JSON.stringify(await parseStringPromise(xml)));
