import * as sdk from '@aria/sdk';

export const title = 'Reports';
export const latest = (): Promise<string> => sdk.files('reports').readText('latest');
