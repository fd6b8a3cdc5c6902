/** The token grammar: types, parser, printer, `covers` and `conflicts`; which hosts are public. */
export { conflicts } from './conflicts.ts';
export { covers } from './covers.ts';
export { nearestName } from './nearest-name.ts';
export { parseToken } from './parse-token.ts';
export { printToken } from './print-token.ts';
export { hostOfAddress, isPublicAddress, isPublicHost } from './public-address.ts';
export { isCollection, isNamespace } from './scopes.ts';
export {
  type AccessMode,
  type GrantedInterface,
  type Token,
  type TokenKind,
  interfaceOfToken,
  nameCharactersMax,
  scopeCharactersMax,
  tokenCharactersMax,
  tokenForms,
  tokenKinds,
} from './token.ts';
