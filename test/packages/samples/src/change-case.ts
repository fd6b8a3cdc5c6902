import { tool } from '@aria/sdk';
import * as changeCase from 'change-case';

export const changeCaseTool = tool({ description: 'Twelve kinds of names from texts with Unicode letters and numbers' }, ({ texts }: { texts: string[] }) =>
  texts.map((text) => [changeCase.camelCase(text), changeCase.capitalCase(text), changeCase.constantCase(text), changeCase.dotCase(text), changeCase.kebabCase(text), changeCase.noCase(text), changeCase.pascalCase(text), changeCase.pathCase(text), changeCase.sentenceCase(text), changeCase.snakeCase(text), changeCase.trainCase(text), changeCase.split(text).join('|')]),
);

export const inputs = [{ texts: ['fooBar ÄpfelUndBirnen', 'XMLHttpRequest2', 'straße_nach-hause.v1.2', 'ПриветМир', '', '__a__'] }];
