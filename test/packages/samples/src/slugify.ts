import { tool } from '@aria/sdk';
import slugify from 'slugify';

export const slugifyTool = tool({ description: 'Slugs of texts in many scripts and languages' }, ({ texts }: { texts: string[] }) => ({
  plain: texts.map((text) => slugify(text)),
  strict: texts.map((text) => slugify(text, { lower: true, strict: true, locale: 'de', replacement: '_' })),
}));

export const inputs = [{ texts: ['Größe & Maß: ÄÖÜ', 'Привет, мир!', 'Tiếng Việt', '日本 50% €', '  a -- b  '] }];
