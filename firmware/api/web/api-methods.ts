/** The methods of `AriaApi` that answer once, as they stand in JSON: HTTP and WebSocket find them here. */
import { type AriaApi, type CallOptions, type CallRequest, callResultJson } from '#wit/api';
import { decodeValue, textForm } from '#wit/values';
import type { z } from 'zod';
import {
  callToolForm,
  divergeForm,
  getComponentForm,
  listComponentsForm,
  nothingForm,
  readForm,
  removeVersionForm,
  rollbackForm,
  upgradeForm,
  whyForm,
} from './request-forms.ts';

/** Checks the arguments, and gives what asks the service. */
export type ApiMethod = (params: unknown) => (api: AriaApi, options: CallOptions) => Promise<unknown>;

/** By the names of `AriaApi`. */
export const apiMethods = {
  status: method(nothingForm, (api, _none, options) => api.status(options)),
  listComponents: method(listComponentsForm, (api, query, options) => api.listComponents(query, options)),
  getComponent: method(getComponentForm, (api, wanted, options) => api.getComponent(wanted, options)),
  callTool,
  tokens: method(nothingForm, (api, _none, options) => api.tokens(options)),
  why: method(whyForm, (api, { callId }, options) => api.why(callId, options)),
  diverge: method(divergeForm, (api, call, options) => api.diverge(callOf(call), options)),
  listBundles: method(nothingForm, (api, _none, options) => api.listBundles(options)),
  rollback: method(rollbackForm, (api, wanted, options) => api.rollback(wanted, options)),
  removeVersion: method(removeVersionForm, async (api, wanted, options) => {
    await api.removeVersion(wanted, options);
    return null;
  }),
  listUpgrades: method(nothingForm, (api, _none, options) => api.listUpgrades(options)),
  approve: method(upgradeForm, (api, { id }, options) => api.approve(id, options)),
  reject: method(upgradeForm, async (api, { id }, options) => {
    await api.reject(id, options);
    return null;
  }),
} as const satisfies Record<string, ApiMethod>;
export type ApiMethodName = keyof typeof apiMethods;

/** Whether a name is one of them. */
export function isApiMethod(name: string): name is ApiMethodName {
  return Object.hasOwn(apiMethods, name);
}

function method<Form extends z.ZodType>(
  form: Form,
  ask: (api: AriaApi, params: z.output<Form>, options: CallOptions) => Promise<unknown>,
): ApiMethod {
  return (params) => {
    const read = readForm(form, params);
    return (api, options) => ask(api, read, options);
  };
}

function callTool(params: unknown): ReturnType<ApiMethod> {
  const { session, ...call } = readForm(callToolForm, params);
  const request = { ...callOf(call), ...(session !== undefined && { session }) };
  return async (api, options) => callResultJson(await api.callTool(request, options));
}

function callOf({ tool, input, timeoutMs, seed }: z.output<typeof divergeForm>): CallRequest {
  return {
    tool,
    input: decodeValue(input, textForm, 'INPUT_INVALID'),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(seed && { seed: decodeValue(seed, textForm, 'INPUT_INVALID') as Uint8Array }),
  };
}
