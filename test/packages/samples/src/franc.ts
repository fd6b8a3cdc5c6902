import { tool } from '@aria/sdk';
import { franc, francAll } from 'franc';

export const francTool = tool({ description: 'The language of texts in Latin, Cyrillic, Arabic and Han' }, ({ texts }: { texts: string[] }) => ({
  languages: texts.map((text) => franc(text)),
  ranked: texts.map((text) => francAll(text, { only: ['deu', 'eng', 'fra', 'rus'] }).map(([code, score]) => `${code} ${score.toFixed(6)}`)),
}));

export const inputs = [{ texts: ['Alle Menschen sind frei und gleich an Würde und Rechten geboren.', 'All human beings are born free and equal in dignity and rights.', 'Все люди рождаются свободными и равными', '人人生而自由，在尊严和权利上一律平等。', 'يولد جميع الناس أحرارًا متساوين', 'x'] }];
