import { tool } from '@aria/sdk';
import { PNG } from 'pngjs/browser.js';

export const pngjs = tool({ description: 'Images written, read, turned grey and laid over each other' }, ({ width, height }: { width: number; height: number }) => {
  const image = new PNG({ width, height });
  for (let at = 0; at < image.data.length; at += 4) image.data.set([at & 255, (at * 3) & 255, 128, 255], at);
  const read = PNG.sync.read(PNG.sync.write(image, { colorType: 6, filterType: 4 }));
  const target = new PNG({ width: width * 2, height });
  PNG.bitblt(read, target, 0, 0, width, height, width, 0);
  return { size: [read.width, read.height], same: read.data.equals(image.data), pixels: Array.from(target.data.subarray(0, 64)), fault: faultOf(() => PNG.sync.read(image.data)) };
});

function faultOf(run: () => unknown): string {
  try {
    run();
    return '';
  } catch (error) {
    return String(error);
  }
}

export const inputs = [{ width: 8, height: 4 }];
