/** The WIT package `aria:host` as data, for generators and for encoding components. */
export {
  type HostFunction,
  type HostPackage,
  type InterfaceName,
  interfaceOrder,
  loadHostPackage,
  witText,
} from './load-host.ts';
export type { WitCase, WitDefinition, WitField, WitFunction, WitInterface, WitType } from './read-wit.ts';
