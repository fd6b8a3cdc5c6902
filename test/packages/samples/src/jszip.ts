import { tool } from '@aria/sdk';
import JSZip from 'jszip';

export const jszip = tool({ description: 'Archives with folders, written and read again; dates, comments' }, async ({ files }: { files: { path: string; text: string }[] }) => {
  const zip = new JSZip();
  for (const { path, text } of files) zip.file(path, text, { date: new Date(Date.UTC(2026, 4, 6)) });
  const bytes = await zip.generateAsync({ type: 'uint8array', compression: 'DEFLATE', comment: 'Grüße' });
  const read = await JSZip.loadAsync(bytes);
  const texts: string[] = [];
  for (const name of Object.keys(read.files)) texts.push(`${name}: ${read.files[name]?.dir === true ? 'folder' : await read.file(name)?.async('string')}`);
  return { size: bytes.length, texts, base64: await read.file(/\.txt$/)[0]?.async('base64') ?? '' };
});

export const inputs = [{ files: [{ path: 'a/b/ü.txt', text: 'Grüße 😀'.repeat(40) }, { path: 'c.md', text: '' }] }];
