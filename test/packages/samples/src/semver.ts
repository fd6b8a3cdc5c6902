import { tool } from '@aria/sdk';
import semver from 'semver';

export const semverTool = tool(
  { description: 'Parsing, ordering, ranges, intersections, increments' },
  ({ versions, range }: { versions: string[]; range: string }) => {
    const valid = versions.filter((version) => semver.valid(version) !== null);
    return {
      sorted: semver.rsort([...valid]),
      satisfying: valid.filter((version) => semver.satisfies(version, range)),
      best: semver.maxSatisfying(valid, range),
      coerced: versions.map((version) => semver.coerce(version)?.version ?? null),
      expanded: new semver.Range(range).range,
      next: ['major', 'minor', 'prerelease'].map((release) => semver.inc('1.2.3-beta.4', release as semver.ReleaseType)),
      difference: semver.diff('1.2.3', '2.0.0-rc.1'),
      intersects: semver.intersects('^1.2.0', range),
      subset: semver.subset('~1.2.3', '^1.0.0'),
    };
  },
);

export const inputs = [
  { versions: ['1.2.3', 'v2.0.0', '1.10.0', '1.2.3-alpha.1+build', 'nope', '42.6.7.9.3-alpha'], range: '^1.2 || >=2.0.0-0 <2.1.x' },
  { versions: [], range: '*' },
];
