/** Which role each method takes, in every state of a host. */
import { type AriaApi, type Role, roles } from '#wit/api';
import type { Principal } from '../access/principal.ts';
import { permissionDenied } from './errors.ts';

/** What each method takes, and its name in a refusal. */
const actions: Readonly<Record<keyof AriaApi, { readonly role: Role; readonly does: string }>> = {
  status: { role: 'viewer', does: 'read the status' },
  listComponents: { role: 'viewer', does: 'list components' },
  getComponent: { role: 'viewer', does: 'read a component' },
  callTool: { role: 'operator', does: 'call a tool' },
  tokens: { role: 'viewer', does: 'read who holds tokens' },
  why: { role: 'viewer', does: 'read where a call is' },
  diverge: { role: 'operator', does: 'compare the substrates of a tool' },
  listBundles: { role: 'viewer', does: 'list bundles' },
  upload: { role: 'operator', does: 'upload a bundle' },
  rollback: { role: 'operator', does: 'roll a bundle back' },
  removeVersion: { role: 'operator', does: 'remove a version' },
  listUpgrades: { role: 'viewer', does: 'list upgrades' },
  approve: { role: 'admin', does: 'approve an upgrade' },
  reject: { role: 'admin', does: 'reject an upgrade' },
  events: { role: 'viewer', does: 'follow events' },
  logs: { role: 'operator', does: 'read logs' },
};

/** Refuses whom a method is not for. @throws {CodedError} `PERMISSION_DENIED`. */
export function requireRole(principal: Principal, action: keyof AriaApi): void {
  const { role, does } = actions[action];
  if (roles.indexOf(principal.role) < roles.indexOf(role)) throw permissionDenied(does, principal, role);
}
