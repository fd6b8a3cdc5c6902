import { tool } from '@aria/sdk';
import jmespath from 'jmespath';

export const jmespathTool = tool({ description: 'Projections, filters, pipes and functions over JSON; faults' }, ({ json, queries }: { json: string; queries: string[] }) =>
  queries.map((query) => {
    try {
      return JSON.stringify(jmespath.search(JSON.parse(json), query));
    } catch (error) {
      return String(error);
    }
  }),
);

export const inputs = [{ json: '{"people":[{"name":"Zoë","age":31,"tags":["a"]},{"name":"Bob","age":20,"tags":[]}]}', queries: ['people[?age > `25`].name', 'sort_by(people, &age)[0].{n: name, t: length(tags)}', 'max(people[].age) | to_string(@)', 'people[*].tags[]', 'join(`, `, people[].name)', 'people[', 'nope(@)'] }];
