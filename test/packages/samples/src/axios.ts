import { tool } from '@aria/sdk';
import axios, { AxiosHeaders, isAxiosError } from 'axios';

export const axiosTool = tool({ description: 'URLs, headers, interceptors and errors over an adapter; the fetch adapter is in the bundle' }, async ({ path }: { path: string }) => {
  const client = axios.create({
    baseURL: 'https://api.example.com/v1',
    headers: { 'X-A': 'ä'.length.toString() },
    adapter: async (config) => ({ data: JSON.stringify({ url: client.getUri(config), method: config.method, header: config.headers.get('X-A') }), status: path.includes('missing') ? 404 : 200, statusText: '', headers: new AxiosHeaders({ 'content-type': 'application/json' }), config }),
  });
  client.interceptors.request.use((config) => {
    config.headers.set('X-A', '2');
    return config;
  });
  try {
    const { data } = await client.post<Record<string, string>>(path, { q: 1 }, { params: { name: 'Zoë & co', list: [1, 2] } });
    return JSON.stringify(data);
  } catch (error) {
    return isAxiosError(error) ? `${error.code} ${error.message}` : String(error);
  }
});

export const inputs = [{ path: '/users/ü' }];
