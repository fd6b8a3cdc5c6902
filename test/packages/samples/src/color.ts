import { tool } from '@aria/sdk';
import Color from 'color';

export const color = tool({ description: 'Conversions, mixing, lightness, contrast' }, ({ colors }: { colors: string[] }) =>
  colors.map((text) => {
    try {
      const value = Color(text);
      return [value.hex(), value.hsl().round().string(), value.lighten(0.2).hex(), value.mix(Color('white'), 0.3).hexa(), value.negate().string(), String(value.isDark()), value.contrast(Color('black')).toFixed(4), JSON.stringify(value.cmyk().round().object())];
    } catch (error) {
      return [String(error)];
    }
  }),
);

export const inputs = [{ colors: ['#7743CE', 'rgba(10, 20, 30, 0.5)', 'tomato', 'hwb(60, 3%, 60%)', 'grün'] }];
