import { tool } from '@aria/sdk';
import QRCode from 'qrcode';

export const qrcode = tool({ description: 'Codes of texts in all modes as modules and as SVG' }, async ({ texts }: { texts: string[] }) => {
  const svgs: string[] = [];
  for (const text of texts) svgs.push(await QRCode.toString(text, { type: 'svg', errorCorrectionLevel: 'Q', margin: 1 }));
  return { codes: texts.map((text) => { const { version, modules } = QRCode.create(text, {}); return `${version} ${modules.size} ${Array.from(modules.data).join('')}`; }), svgs };
});

export const inputs = [{ texts: ['12345678', 'HELLO-WORLD', 'Grüße 😀 日本', 'https://example.com/'.repeat(8)] }];
