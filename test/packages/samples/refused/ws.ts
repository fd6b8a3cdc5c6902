import { tool } from '@aria/sdk';
import WebSocket from 'ws';

export const listen = tool({ description: 'A WebSocket over a socket of Node' }, ({ url }: { url: string }) => ({ state: new WebSocket(url).readyState }));
