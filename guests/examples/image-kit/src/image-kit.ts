import { aria, tool, ToolError } from '@aria/sdk';
import { isJpeg, readFrame, readSegments, withoutMetadata } from './jpeg.ts';
import { type Picture, decodePng, encodePng, isPng, readChunks, readHeader, readTexts, writeChunks } from './png.ts';

/** What is known of an image. */
interface ImageFacts {
  format: 'png' | 'jpeg' | 'gif';
  width: number;
  height: number;
  /** Bits of a channel. */
  bitDepth: number;
  colors: 'grey' | 'rgb' | 'palette' | 'cmyk';
  /** Whether pixels may be transparent. */
  opacity: boolean;
  /** Size of the file. */
  bytes: number;
  /** Of the whole file, in hexadecimal digits. */
  sha256: string;
  /** What the file says in words: title, author, software. */
  texts: Record<string, string>;
}

type Shape = Omit<ImageFacts, 'bytes' | 'sha256'>;

const pngColors = { 0: 'grey', 2: 'rgb', 3: 'palette', 4: 'grey', 6: 'rgb' } as const;
/* Chunks of a PNG that say something about its making and nothing about its look. */
const tellingChunks = ['tEXt', 'zTXt', 'iTXt', 'eXIf', 'tIME'];

@aria({ name: 'image-kit', version: '0.1.0', description: 'Reads, shrinks and cleans images' })
export class ImageKit {
  /** Says what an image is: format, size, colours, texts and checksum of a PNG, JPEG or GIF. */
  @tool()
  async readImage(input: { image: Uint8Array }): Promise<ImageFacts> {
    const { image } = input;
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', image));
    const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return { ...shapeOf(image), bytes: image.length, sha256 };
  }

  /** Makes a smaller PNG of a PNG, in its proportions; one that is small enough keeps its size. */
  @tool({ computeMs: 20_000 })
  thumbnail(input: {
    image: Uint8Array;
    /**
     * The longer side at most, in pixels.
     * @minimum 1
     * @maximum 1024
     * @integer
     */
    sizeMax?: number;
    /** Whether colours are dropped. */
    grey?: boolean;
  }): { image: Uint8Array; width: number; height: number } {
    if (!isPng(input.image)) throw new ToolError('IMAGE_UNSUPPORTED', 'Cannot shrink the image: it is no PNG');
    const picture = shrunk(decodePng(input.image), input.sizeMax ?? 128);
    return { image: encodePng(picture, input.grey ?? false), width: picture.width, height: picture.height };
  }

  /** Takes EXIF, GPS, XMP, comments and texts out of a JPEG or PNG; the picture stays as it is. */
  @tool()
  stripMetadata(input: { image: Uint8Array }): { image: Uint8Array; removedBytes: number } {
    const image = stripped(input.image);
    return { image, removedBytes: input.image.length - image.length };
  }
}

function stripped(image: Uint8Array): Uint8Array {
  if (isPng(image)) return writeChunks(readChunks(image).filter(({ type }) => !tellingChunks.includes(type)));
  if (isJpeg(image)) return withoutMetadata(image);
  throw new ToolError('IMAGE_UNSUPPORTED', 'Cannot strip the image: it is neither PNG nor JPEG');
}

function shapeOf(image: Uint8Array): Shape {
  if (isPng(image)) {
    const chunks = readChunks(image);
    const { width, height, bitDepth, colorType } = readHeader(chunks);
    const colors = colorType in pngColors ? pngColors[colorType as keyof typeof pngColors] : 'rgb';
    const opacity = colorType >= 4 || chunks.some(({ type }) => type === 'tRNS');
    return { format: 'png', width, height, bitDepth, colors, opacity, texts: readTexts(chunks) };
  }
  if (isJpeg(image)) {
    const { segments } = readSegments(image);
    const { width, height, bitDepth, channels } = readFrame(segments);
    const colors = channels === 1 ? 'grey' : channels === 4 ? 'cmyk' : 'rgb';
    const comment = segments.find(({ marker }) => marker === 0xfe)?.bytes.subarray(4);
    return {
      format: 'jpeg',
      width,
      height,
      bitDepth,
      colors,
      opacity: false,
      texts: comment ? { Comment: new TextDecoder().decode(comment) } : {},
    };
  }
  const head = new TextDecoder('latin1').decode(image.subarray(0, 6));
  if ((head === 'GIF87a' || head === 'GIF89a') && image.length >= 11) {
    const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
    return {
      format: 'gif',
      width: view.getUint16(6, true),
      height: view.getUint16(8, true),
      bitDepth: 8,
      colors: 'palette',
      opacity: head === 'GIF89a',
      texts: {},
    };
  }
  throw new ToolError('IMAGE_UNSUPPORTED', 'Cannot read the image: it is neither PNG, JPEG nor GIF');
}

/* Each new pixel is the mean of those that it stands for, weighed by their opacity. */
function shrunk(picture: Picture, sizeMax: number): Picture {
  const scale = Math.min(1, sizeMax / Math.max(picture.width, picture.height));
  if (scale === 1) return picture;
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const rgba = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y += 1) {
    const rows = {
      from: Math.floor((y * picture.height) / height),
      to: Math.ceil(((y + 1) * picture.height) / height),
    };
    for (let x = 0; x < width; x += 1) {
      const columns = {
        from: Math.floor((x * picture.width) / width),
        to: Math.ceil(((x + 1) * picture.width) / width),
      };
      rgba.set(meanOf(picture, { rows, columns }), (y * width + x) * 4);
    }
  }
  return { width, height, rgba };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function meanOf(
  { width, rgba }: Picture,
  { rows, columns }: { readonly rows: Span; readonly columns: Span },
): number[] {
  let [red, green, blue, opacity] = [0, 0, 0, 0];
  for (let y = rows.from; y < rows.to; y += 1) {
    for (let x = columns.from; x < columns.to; x += 1) {
      const place = (y * width + x) * 4;
      const weight = rgba[place + 3] ?? 0;
      red += (rgba[place] ?? 0) * weight;
      green += (rgba[place + 1] ?? 0) * weight;
      blue += (rgba[place + 2] ?? 0) * weight;
      opacity += weight;
    }
  }
  const pixels = (rows.to - rows.from) * (columns.to - columns.from);
  const share = opacity === 0 ? 0 : 1 / opacity;
  return [Math.round(red * share), Math.round(green * share), Math.round(blue * share), Math.round(opacity / pixels)];
}
