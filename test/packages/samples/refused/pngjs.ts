import { tool } from '@aria/sdk';
import { PNG } from 'pngjs';

export const sizeOf = tool({ description: 'Images read by zlib and streams of Node' }, ({ image }: { image: Uint8Array }) => ({ width: PNG.sync.read(image as never).width }));
