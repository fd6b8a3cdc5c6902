import { tool } from '@aria/sdk';
import { PNG } from 'pngjs';

export const inputs = [{ width: 7, height: 5 }];

export const drawn = tool({ description: 'Images read by zlib and streams of Node' }, async ({ width, height }: { width: number; height: number }): Promise<{ size: number[]; data: Uint8Array }> => {
  const image = new PNG({ width, height });
  image.data.forEach((_, index) => (image.data[index] = (index * 37) % 256));
  const bytes = PNG.sync.write(image);
  const read = await new Promise<PNG>((resolve, reject) => new PNG().parse(bytes, (error, found) => (error ? reject(error) : resolve(found))));
  return { size: [read.width, read.height], data: Uint8Array.from(PNG.sync.read(bytes).data) };
});
