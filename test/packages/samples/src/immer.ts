import { tool } from '@aria/sdk';
import { applyPatches, enableMapSet, enablePatches, isDraft, produce, produceWithPatches } from 'immer';

enablePatches();
enableMapSet();

export const immer = tool({ description: 'Drafts by Proxy of objects, maps and sets; patches and their inverse' }, ({ names }: { names: string[] }) => {
  const base = { people: names.map((name) => ({ name, seen: 0 })), byName: new Map(names.map((name) => [name, 1])), set: new Set(names) };
  let drafted = false;
  const [next, patches, inverse] = produceWithPatches(base, (draft) => {
    drafted = isDraft(draft.people);
    draft.people[0] = { name: 'Nova', seen: 5 };
    draft.people.push({ name: 'Äpfel', seen: 1 });
    draft.byName.set('new', 2);
    draft.set.delete(names[1] ?? '');
  });
  const same = produce(base, () => {});
  return {
    next: JSON.stringify([next.people, [...next.byName], [...next.set]]),
    patches: JSON.stringify(patches),
    back: JSON.stringify(applyPatches(next, inverse).people),
    shared: [next.people[1] === base.people[1], same === base, drafted, Object.isFrozen(next.people)],
  };
});

export const inputs = [{ names: ['Zoë', 'Bob', 'Ann'] }];
