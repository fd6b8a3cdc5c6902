import { tool } from '@aria/sdk';
import chroma from 'chroma-js';

export const chromaJs = tool({ description: 'Colours in Lab and OKLCH, scales, contrast, distances' }, ({ colors }: { colors: string[] }) => ({
  hex: colors.map((color) => (chroma.valid(color) ? chroma(color).hex() : 'invalid')),
  lab: chroma('#3366cc').lab().map((value) => value.toFixed(4)),
  oklch: chroma('tomato').css('oklch'),
  scale: chroma.scale(['yellow', 'navy']).mode('lch').colors(5),
  classes: chroma.scale('OrRd').domain([0, 100], ).classes(4)(42).hex(),
  contrast: chroma.contrast('pink', 'hotpink').toFixed(6),
  distance: chroma.deltaE('#ededee', '#edeeed').toFixed(6),
  changed: [chroma('teal').darken().hex(), chroma('teal').saturate(2).hex(), chroma.mix('red', 'blue', 0.25, 'oklab').hex()],
  average: chroma.average(['#ddd', 'yellow', 'red', 'teal']).hex(),
}));

export const inputs = [{ colors: ['hotpink', '#abc8', 'rgb(10 20 30 / 50%)', 'hsl(120, 50%, 25%)', 'grün'] }];
