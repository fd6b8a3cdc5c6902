import { tool } from '@aria/sdk';
import jsonata from 'jsonata';

export const jsonataTool = tool({ description: 'Queries with sums, sorting, functions, regular expressions, dates with pictures' }, async ({ json, queries }: { json: string; queries: string[] }) => {
  const answers: string[] = [];
  for (const query of queries) {
    const answer: unknown = await jsonata(query).evaluate(JSON.parse(json)).catch((error: { code?: string }) => error.code);
    answers.push(JSON.stringify(answer) ?? 'nothing');
  }
  return answers;
});

export const inputs = [{ json: '{"order":[{"name":"Tür","price":3.5,"count":2},{"name":"Fenster","price":7,"count":1}]}', queries: ['$sum(order.(price * count))', 'order^(>price).name', 'order{name: $uppercase(name)}', '$match("ab12ü", /[a-z]+(\\d+)/).groups', '$fromMillis(1779000000000, "[FNn], [D1o] [MNn] [Y0001] [H01]:[m01]")', '$map([1..4], function($v) { $v * $v })', '$toMillis("2026-05-06")', '$formatNumber(12345.678, "#,##0.00")', '$unknown(1)'] }];
