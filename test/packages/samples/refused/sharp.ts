import { tool } from '@aria/sdk';
import sharp from 'sharp';

export const resize = tool({ description: 'Images made smaller by libvips' }, async ({ image }: { image: Uint8Array }) => ({
  image: new Uint8Array(await sharp(image).resize(64).png().toBuffer()),
}));
