import { tool } from '@aria/sdk';
import { colord, extend } from 'colord';
import a11yPlugin from 'colord/plugins/a11y';
import harmoniesPlugin from 'colord/plugins/harmonies';
import lchPlugin from 'colord/plugins/lch';
import namesPlugin from 'colord/plugins/names';

extend([a11yPlugin, harmoniesPlugin, lchPlugin, namesPlugin]);

export const colordTool = tool({ description: 'Conversions, harmonies, names, contrast; four plugins' }, ({ colors }: { colors: string[] }) =>
  colors.map((text) => {
    const value = colord(text);
    return [String(value.isValid()), value.toHex(), value.toHslString(), value.toLchString(), value.rotate(90).toName({ closest: true }) ?? '', value.harmonies('triadic').map((part) => part.toHex()).join(), String(value.contrast('#fff')), String(value.isReadable('#000'))];
  }),
);

export const inputs = [{ colors: ['rebeccapurple', 'lch(50% 40 30)', 'hsla(0.5turn 50% 40% / 30%)', 'grün'] }];
