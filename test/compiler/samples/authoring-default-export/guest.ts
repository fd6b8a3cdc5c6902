import { tool } from '@aria/sdk';

export default tool({ name: 'shout', description: 'Shouts' }, (input: { text: string }) => input.text.toUpperCase());
